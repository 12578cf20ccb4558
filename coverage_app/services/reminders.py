"""Derive which reminder rows follow from a follow-up: docs/contract.md#which-reminders-exist."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from coverage_app.enums import Offset, Status
from coverage_app.extensions import db
from coverage_app.models import Covered, FollowUp, Reminder
from coverage_app.services.emails import reminder
from coverage_app.services.entities import Entity

Key = tuple[str, datetime, UUID, str]


@dataclass
class Changes:
    """What bringing the rows of one entity in line did, the first to go first.

    ``deleted`` are the lead times of the deleted rows by their ids, ``waiting`` the times at which the next ones go.
    """

    made: list[Reminder] = field(default_factory=list)
    deleted: dict[UUID, str] = field(default_factory=dict)
    waiting: list[datetime] = field(default_factory=list)


def wanted(follow_ups: list[FollowUp], offsets: tuple[Offset, ...]) -> dict[Key, tuple[FollowUp, Offset]]:
    """Every reminder that these follow-ups want, past or ahead: a row per lead time of each open, covered one."""
    return {
        (follow_up.event_kind, follow_up.due_at, follow_up.coverage_user_id, offset.label): (follow_up, offset)
        for follow_up in follow_ups
        if follow_up.coverage_user_id and not follow_up.done_at
        for offset in offsets
    }


def bring_in_line(
    entity: Entity, record: Covered, follow_ups: list[FollowUp], offsets: tuple[Offset, ...], now: datetime
) -> Changes:
    """Delete the ``pending`` rows that are not wanted, keep those that are whether or not they are overdue,
    and make a missing one only if its time is still ahead of ``now``. In the caller's transaction."""
    stored = {_key(row): row for row in rows_of(entity, record.id)}
    want = wanted(follow_ups, offsets)
    changes = Changes()
    unwanted = {
        row.id: row.notification_type for key, row in stored.items() if row.status == Status.PENDING and key not in want
    }
    deleted = delete_pending([*unwanted])
    changes.deleted = {row_id: lead for row_id, lead in unwanted.items() if row_id in deleted}
    changes.made = sorted(missing(entity, record, want, stored, now), key=lambda row: row.scheduled_send_at)
    db.session.add_all(changes.made)
    kept = [row for key, row in stored.items() if row.status == Status.PENDING and key in want]
    changes.waiting = sorted(row.next_attempt_at for row in kept + changes.made)
    return changes


def missing(
    entity: Entity, record: Covered, want: dict[Key, tuple[FollowUp, Offset]], stored: Container[Key], now: datetime
) -> list[Reminder]:
    """The wanted rows that are not stored and whose time is still ahead of ``now``: of no session, with their words."""
    made = [
        (make(follow_up, offset), follow_up)
        for key, (follow_up, offset) in want.items()
        if key not in stored and follow_up.due_at - offset.before > now
    ]
    reminder.prefill(made, record, entity)
    return [row for row, _ in made]


def rows_of(entity: Entity, entity_id: UUID) -> list[Reminder]:
    """Every row of one entity, whatever became of it, in the order of their sending."""
    rows = select(Reminder).where(Reminder.entity_type == entity.type, Reminder.entity_id == entity_id)
    rows = rows.order_by(Reminder.scheduled_send_at, Reminder.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def delete_pending(ids: list[UUID]) -> list[UUID]:
    """Delete those of ``ids`` that no worker has claimed meanwhile; return the ids deleted."""
    if not ids:
        return []
    doomed = delete(Reminder).where(Reminder.id.in_(ids), Reminder.status == "pending")
    return list(db.session.scalars(doomed.returning(Reminder.id)))


def delete_for(entity: Entity, entity_id: UUID) -> list[UUID]:
    """Delete what was still to be sent about a deleted entity; the rest is history and stays."""
    return delete_pending([row.id for row in rows_of(entity, entity_id) if row.status == Status.PENDING])


def _key(row: Reminder) -> Key:
    return row.event_kind, row.event_due_date, row.coverage_user_id, row.notification_type


def make(follow_up: FollowUp, offset: Offset) -> Reminder:
    """One waiting row, of no session yet and without its words."""
    assert follow_up.coverage_user_id is not None  # wanted() leaves uncovered follow-ups out
    send_at = follow_up.due_at - offset.before
    return Reminder(
        id=uuid4(),
        entity_type=follow_up.entity_type,
        entity_id=follow_up.entity_id,
        event_kind=follow_up.event_kind,
        coverage_user_id=follow_up.coverage_user_id,
        event_due_date=follow_up.due_at,
        notification_type=offset.label,
        scheduled_send_at=send_at,
        next_attempt_at=send_at,
        status=Status.PENDING,
        sent=False,
    )
