"""The one door through which a covered entity changes: save, complete, delete.

Inside one transaction the entity, its follow-ups and its reminder rows are brought in line; after the
commit an alarm is set for each new send second. Nothing here waits for Redis longer than two seconds,
and nothing is lost when it is away: the workers' sweep sets the alarms that this could not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coverage_app import alarms
from coverage_app.errors import AlreadyExists, NotFound
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import follow_ups, reminders, rules, texts
from coverage_app.services.entities import Entity

log = structlog.get_logger()
Changes = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """What a change did. ``planned`` are the send times now waiting, ``past`` the kinds whose date is over."""

    record: Any
    planned: list[datetime]
    made: int
    deleted: int
    past: list[str]


def create(entity: Entity, record_id: UUID, changes: Changes, *, by: User, now: datetime) -> Saved:
    """Make a record with the id its form carried. The responsible defaults to ``by``.

    Raises AlreadyExists when a record has that id (the form was sent twice), FieldError for bad input.
    """
    record = entity.model(id=record_id, **{entity.responsible: by.id})
    if db.session.get(entity.model, record_id) is not None:
        raise AlreadyExists
    _apply(entity, record, changes, now)
    db.session.add(record)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        if db.session.get(entity.model, record_id) is None:
            raise
        raise AlreadyExists from None
    return _finish(entity, record, by, now)


def save(entity: Entity, record_id: UUID, changes: Changes, *, by: User, now: datetime) -> Saved:
    """Change the named columns of a record; the others are left alone.

    Another date clears the event's done mark. Raises NotFound, or FieldError for bad input.
    """
    record = locked(entity, record_id)
    _apply(entity, record, changes, now)
    return _finish(entity, record, by, now)


def complete(entity: Entity, record_id: UUID, kind: str, *, done: bool, by: User, now: datetime) -> Saved:
    """Mark one event of a record done, or take the mark back; what is then still ahead is planned again."""
    record = locked(entity, record_id)
    event = entity.event(kind)
    if done != bool(getattr(record, event.done)):
        setattr(record, event.done, now if done and getattr(record, event.due) else None)
    return _finish(entity, record, by, now)


def delete(entity: Entity, record_id: UUID, *, by: User, now: datetime) -> None:
    """Delete a record with its follow-ups and what was still to be sent. What was sent stays as history."""
    record = locked(entity, record_id)
    gone = reminders.forget(entity, record_id)
    follow_ups.forget(entity, record_id)
    db.session.delete(record)
    db.session.commit()
    _log_rows("deleted", gone)
    log.info("record.deleted", entity=entity.type, id=str(record_id), by=str(by.id))


def locked(entity: Entity, record_id: UUID) -> Any:
    """The record, its row locked until the transaction ends. Raises NotFound."""
    mine = select(entity.model).where(entity.model.id == record_id).with_for_update(of=entity.model)
    record = db.session.scalar(mine.execution_options(populate_existing=True))
    if record is None:
        raise NotFound
    return record


def _apply(entity: Entity, record: Any, changes: Changes, now: datetime) -> None:
    changes = {name: _whole_second(value) for name, value in texts.clean(entity.model, changes).items()}
    rules.check(entity, record, changes)
    for event in entity.events:
        if event.due in changes and changes[event.due] != getattr(record, event.due):
            setattr(record, event.done, None)
    for name, value in changes.items():
        setattr(record, name, value)


def _whole_second(value: Any) -> Any:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _finish(entity: Entity, record: Any, by: User, now: datetime) -> Saved:
    """Derive, commit, ring: in that order, on every path."""
    db.session.flush()
    promised, _ = follow_ups.bring_in_line(entity, record)
    offsets = current_app.extensions["settings"].offsets
    changes = reminders.bring_in_line(entity, record, promised, offsets, now)
    made = [(row.id, row.scheduled_send_at) for row in changes.made]
    past = [row.event_kind for row in promised if row.due_at <= now and not row.done_at]
    record_id = record.id
    db.session.commit()
    _log_rows("deleted", changes.deleted)
    _log_rows("planned", [row_id for row_id, _ in made])
    log.info("record.saved", entity=entity.type, id=str(record_id), by=str(by.id))
    alarms.of_app().set_for({send_at for _, send_at in made}, now)
    return Saved(record, changes.waiting, len(made), len(changes.deleted), past)


def _log_rows(what: str, ids: list[UUID]) -> None:
    for row_id in ids:
        log.info(f"reminder.{what}", reminder=str(row_id))
