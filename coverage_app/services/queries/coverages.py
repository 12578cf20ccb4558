"""Who covers what: the open, covered follow-ups that the dashboard shows, and where their reminders stand."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, load_only

from coverage_app.extensions import db
from coverage_app.models import FollowUp, NotificationSchedule, User
from coverage_app.services.queries.paging import Order, Page, page

BY_DUE = Order(FollowUp.due_at, FollowUp.id)
NEWEST_DUE = Order(FollowUp.due_at, FollowUp.id, newest_first=True)
PEOPLE = (joinedload(FollowUp.contact), joinedload(FollowUp.responsible), joinedload(FollowUp.cover))


class View(StrEnum):
    """Whose coverages: what I cover, what others cover for me, everybody's."""

    MINE = "mine"
    FOR_ME = "for_me"
    ALL = "all"


def ahead(view: View, me: UUID, now: datetime, mark: str | None, size: int) -> Page:
    """What is due from ``now`` on, the nearest first."""
    return page(_open(view, me).where(FollowUp.due_at >= now), BY_DUE, mark, size)


def overdue(view: View, me: UUID, now: datetime, mark: str | None, size: int) -> Page:
    """What was due before ``now`` and is not done, the most recent first."""
    return page(_open(view, me).where(FollowUp.due_at < now), NEWEST_DUE, mark, size)


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


def _open(view: View, me: UUID) -> Select[tuple[FollowUp]]:
    question = select(FollowUp).where(FollowUp.done_at.is_(None)).options(*PEOPLE)
    if view is View.MINE:
        return question.where(FollowUp.coverage_user_id == me)
    question = question.where(FollowUp.coverage_user_id.is_not(None))
    return question.where(FollowUp.responsible_user_id == me) if view is View.FOR_ME else question
