"""The reminders of many follow-ups with what their states are derived from, in one query."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from coverage_app.extensions import db
from coverage_app.models import FollowUp, Reminder, User

# What a reminder's state is derived from; its text stays in the database.
STATE = (
    Reminder.entity_type,
    Reminder.entity_id,
    Reminder.event_kind,
    Reminder.event_due_date,
    Reminder.coverage_user_id,
    Reminder.notification_type,
    Reminder.scheduled_send_at,
    Reminder.next_attempt_at,
    Reminder.status,
    Reminder.sent_at,
    Reminder.attempts,
    Reminder.last_error,
)


def reminders_of(follow_ups: Iterable[FollowUp]) -> dict[UUID, list[Reminder]]:
    """Return the reminders of each follow-up's present date and cover, by follow-up id, in the order of sending."""
    wanted = {(f.entity_type, f.entity_id, f.event_kind, f.due_at, f.coverage_user_id): f.id for f in follow_ups}
    query = (
        select(Reminder)
        .where(
            Reminder.entity_type.in_({key[0] for key in wanted}),
            Reminder.entity_id.in_({key[1] for key in wanted}),
        )
        .options(load_only(*STATE), joinedload(Reminder.recipient).load_only(User.name, User.is_active))
        .order_by(Reminder.scheduled_send_at, Reminder.id)
    )
    by_follow_up: dict[UUID, list[Reminder]] = defaultdict(list)
    for row in db.session.scalars(query) if wanted else ():
        key = (row.entity_type, row.entity_id, row.event_kind, row.event_due_date, row.coverage_user_id)
        if key in wanted:
            by_follow_up[wanted[key]].append(row)
    return by_follow_up
