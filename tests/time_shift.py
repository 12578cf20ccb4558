"""Time passes for the tests by moving the data: the clocks of real processes stay as they are."""

from datetime import timedelta

from sqlalchemy import select, update

from coverage_app.extensions import db
from coverage_app.models import Call, FollowUp
from coverage_app.models import Reminder as Row


def move(by: timedelta) -> None:
    """Shift every waiting reminder, and the next call that it speaks of, in time."""
    for row in db.session.scalars(select(Row).where(Row.status == "pending")):
        row.event_due_date, row.scheduled_send_at = row.event_due_date + by, row.scheduled_send_at + by
        row.next_attempt_at += by
    for follow_up in db.session.scalars(select(FollowUp)):
        follow_up.due_at += by
    for one in db.session.scalars(select(Call).where(Call.proxima_llamada_fecha.is_not(None))):
        # Not through the object: that would count as a change of the call, with another version.
        db.session.execute(
            update(Call).where(Call.id == one.id).values(proxima_llamada_fecha=one.proxima_llamada_fecha + by)
        )
    db.session.commit()
