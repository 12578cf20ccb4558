"""Compares what is stored with what should be derived, repairs it, and says what it found.

Entity by entity, each under its lock and in a transaction of its own, so that it may run beside people
and workers. The rule is that of a save: a ``pending`` reminder that is not wanted goes, one that is wanted
stays whether or not it is overdue, a missing one is made only if its time is still ahead. Alarms are left
to the sweep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Select, func, select, text, union

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import FollowUp, Reminder
from coverage_app.services import follow_ups, records, reminders
from coverage_app.services.entities import ENTITIES, Entity

log = structlog.get_logger()
BATCH = 500


@dataclass
class Found:
    """``made`` and ``deleted`` count reminders, ``changed`` follow-ups; all three are zero in a healthy system."""

    checked: int = 0
    made: int = 0
    deleted: int = 0
    changed: int = 0


def run(now: datetime, *, dry_run: bool = False) -> Found:
    """Bring every entity in line. With ``dry_run`` nothing is kept, and what is returned would have been done."""
    found = Found()
    for entity in ENTITIES.values():
        for record_id in _in_batches(select(entity.model.id)):
            _bring_in_line(entity, record_id, now, found, dry_run)
        for orphan_id in _in_batches(_orphans(entity)):
            _forget(entity, orphan_id, found, dry_run)
    return found


def _bring_in_line(entity: Entity, record_id: UUID, now: datetime, found: Found, dry_run: bool) -> None:
    try:
        record = records.locked(entity, record_id)
    except NotFound:  # somebody deleted it since the ids were read
        db.session.rollback()
        return
    _, different, changes = records.derive(entity, record, now)
    made = [row.id for row in changes.made]
    found.checked += 1
    found.changed += different
    found.made += len(made)
    found.deleted += len(changes.deleted)
    _end(dry_run, planned=made, deleted=[*changes.deleted])


def _forget(entity: Entity, entity_id: UUID, found: Found, dry_run: bool) -> None:
    """Drop what is left of an entity that no longer exists, but for its history."""
    left = select(func.count()).where(FollowUp.entity_type == entity.type, FollowUp.entity_id == entity_id)
    found.changed += db.session.scalar(left) or 0
    follow_ups.delete_for(entity, entity_id)
    deleted = reminders.delete_for(entity, entity_id)
    found.deleted += len(deleted)
    _end(dry_run, planned=[], deleted=deleted)


def _end(dry_run: bool, **rows: list[UUID]) -> None:
    if dry_run:
        db.session.rollback()
        return
    db.session.commit()
    for what, ids in rows.items():
        for row_id in ids:
            log.info(f"reminder.{what}", reminder=str(row_id), by="reconcile")


def _orphans(entity: Entity) -> Select[UUID]:
    """The ids of entities that are gone although a follow-up or a waiting reminder still speaks of them."""
    known = select(entity.model.id)
    promised = select(FollowUp.entity_id).where(FollowUp.entity_type == entity.type, FollowUp.entity_id.not_in(known))
    waiting = select(Reminder.entity_id).where(
        Reminder.entity_type == entity.type,
        text("status = 'pending'"),
        Reminder.entity_id.not_in(known),
    )
    return select(union(promised, waiting).subquery().c.entity_id)


def _in_batches(ids_query: Select[UUID]) -> Iterator[UUID]:
    """Ids in order, some at a time, no transaction left open between them: the table may be long and is in use."""
    (column,) = ids_query.selected_columns
    last: UUID | None = None
    while True:
        page = ids_query if last is None else ids_query.where(column > last)
        ids = list(db.session.scalars(page.order_by(column).limit(BATCH)))
        db.session.rollback()
        yield from ids
        if len(ids) < BATCH:
            return
        last = ids[-1]
