"""How the reminders of many follow-ups stand, in one question."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from coverage_app.extensions import db
from coverage_app.models import FollowUp, NotificationSchedule, User

# What a reminder's state is told from; its text stays in the database.
STATE = (
    NotificationSchedule.entity_type,
    NotificationSchedule.entity_id,
    NotificationSchedule.event_kind,
    NotificationSchedule.event_due_date,
    NotificationSchedule.coverage_user_id,
    NotificationSchedule.notification_type,
    NotificationSchedule.scheduled_send_at,
    NotificationSchedule.next_attempt_at,
    NotificationSchedule.status,
    NotificationSchedule.sent_at,
    NotificationSchedule.attempts,
    NotificationSchedule.last_error,
)


def reminders_of(follow_ups: Iterable[FollowUp]) -> dict[UUID, list[NotificationSchedule]]:
    """The reminders of each follow-up's present date and cover, by its id, in the order of their sending."""
    wanted = {(f.entity_type, f.entity_id, f.event_kind, f.due_at, f.coverage_user_id): f.id for f in follow_ups}
    mine = (
        select(NotificationSchedule)
        .where(
            NotificationSchedule.entity_type.in_({key[0] for key in wanted}),
            NotificationSchedule.entity_id.in_({key[1] for key in wanted}),
        )
        .options(load_only(*STATE), joinedload(NotificationSchedule.recipient).load_only(User.name, User.is_active))
        .order_by(NotificationSchedule.scheduled_send_at, NotificationSchedule.id)
    )
    found: dict[UUID, list[NotificationSchedule]] = defaultdict(list)
    for row in db.session.scalars(mine) if wanted else ():
        key = (row.entity_type, row.entity_id, row.event_kind, row.event_due_date, row.coverage_user_id)
        if key in wanted:
            found[wanted[key]].append(row)
    return found
