"""Create, save, complete and delete covered records: the only way in which they change.

Inside one transaction the entity, its follow-ups, its reminder rows and its history are brought in line;
after the commit an alarm is set for each new send second. Nothing here waits for Redis longer than two
seconds, and nothing is lost when it is away: the workers' sweep sets the alarms that this could not.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from coverage_app import alarms
from coverage_app.enums import Action
from coverage_app.errors import AlreadyExists, Conflict, NotFound
from coverage_app.extensions import db
from coverage_app.models import Covered, FollowUp, User
from coverage_app.services import changeset, follow_ups, history, mail_quota, reminders, removal, sanitize
from coverage_app.services.changeset import Differences, Values
from coverage_app.services.conflicts import check_version, unique_or
from coverage_app.services.entities import Entity

log = structlog.get_logger()


@dataclass(frozen=True)
class Saved:
    """What a change did. ``changes`` are the columns that differ, as history has them: {column: [before, after]}.

    ``made`` and ``deleted`` are the lead times of the record's reminders that were made and deleted, the first to go
    first; ``planned`` the send times now waiting, ``past`` the kinds of event whose date is over.
    """

    record: Covered
    changes: Differences
    made: list[str]
    deleted: list[str]
    planned: list[datetime]
    past: list[str]


def create(
    entity: Entity,
    record_id: UUID,
    changes: Values,
    *,
    by: User,
    now: datetime,
    also: Callable[[Covered], None] | None = None,
) -> Saved:
    """Make a record with the id its form carried. The responsible defaults to ``by``.

    ``also`` is called with the new record before the commit: what it writes is kept with it, or not at all.
    Raises AlreadyExists when a record has that id (the form was sent twice), AlreadyDeleted when one had it,
    FieldError for bad input.
    """
    if db.session.get(entity.model, record_id) is not None:
        raise AlreadyExists
    record, values = changeset.build(entity, record_id, changes, by=by, now=now)
    db.session.add(record)
    with unique_or(lambda _: AlreadyExists() if db.session.get(entity.model, record_id) else Conflict()):
        db.session.flush()
    history.refuse_used_id(entity.type, record_id)
    history.record(history.of_record(entity, record), Action.CREATED, values, by=by, now=now)
    if also:
        also(record)
    return _finish(entity, record, values, by, now)


def save(
    entity: Entity,
    record_id: UUID,
    changes: Values,
    *,
    by: User,
    now: datetime,
    marks: Mapping[str, bool] | None = None,
    versions: Container[int] | None = None,
) -> Saved:
    """Change the named columns of a record; the others are left alone.

    Another date clears the event's done mark; ``marks`` then sets or clears those of the named events.
    Raises NotFound, FieldError for bad input, or Stale when the record is at none of ``versions``.
    """
    record = locked(entity, record_id, versions)
    values = changeset.apply(entity, record, changes, now)
    with db.session.no_autoflush:  # one change, one UPDATE, one version
        if values:
            history.record(history.of_record(entity, record), Action.UPDATED, values, by=by, now=now)
        for kind, done in (marks or {}).items():
            values = values | _mark(entity, record, kind, done, by, now, None)
    return _finish(entity, record, values, by, now)


def complete(
    entity: Entity, record_id: UUID, kind: str, *, done: bool, by: User, now: datetime, note: str | None = None
) -> Saved:
    """Mark one event of a record done, or take the mark back; what is then still ahead is planned again.

    ``note`` says how it went, and is kept in the record's history.
    """
    record = locked(entity, record_id)
    values = _mark(entity, record, kind, done, by, now, note)
    return _finish(entity, record, values, by, now)


def delete(entity: Entity, record_id: UUID, *, by: User, now: datetime, versions: Container[int] | None = None) -> None:
    """Delete a record, and what belongs to it, with its follow-ups and what was still to be sent.

    What was sent stays as history. Raises NotFound, or Stale as ``save`` does.
    """
    removed = removal.remove(entity, locked(entity, record_id, versions), by=by, now=now)
    db.session.commit()
    removed.log(by)


def locked(entity: Entity, record_id: UUID, versions: Container[int] | None = None) -> Covered:
    """The record, its row locked until the transaction ends. Raises NotFound, or Stale if at none of ``versions``."""
    row = select(entity.model).where(entity.model.id == record_id).with_for_update(of=entity.model)
    record = db.session.scalar(row.execution_options(populate_existing=True))
    if record is None:
        raise NotFound
    check_version(record, versions)
    return record


def derive(entity: Entity, record: Covered, now: datetime) -> tuple[list[FollowUp], int, reminders.Changes]:
    """Bring follow-ups and reminder rows of ``record`` in line, in the caller's transaction.

    Returns the follow-ups, how many of them had to change, and what was done to the rows.
    """
    promised, changed = follow_ups.bring_in_line(entity, record)
    offsets = current_app.extensions["settings"].offsets
    return promised, changed, reminders.bring_in_line(entity, record, promised, offsets, now)


def _mark(
    entity: Entity, record: Covered, kind: str, done: bool, by: User, now: datetime, note: str | None
) -> Differences:
    """Set or clear a done mark and record it in the history; return what differs."""
    values = changeset.mark(record, entity.event(kind), done, now)
    if values:
        action = Action.COMPLETED if done else Action.REOPENED
        text = sanitize.paragraphs(note)[: sanitize.MAX_NOTE] or None if note else None
        history.record(history.of_record(entity, record), action, values, by=by, now=now, note=text)
    return values


def _finish(entity: Entity, record: Covered, values: Differences, by: User, now: datetime) -> Saved:
    """Derive, commit and set the alarms, in that order. Raises FieldError for too many mails to one colleague."""
    with unique_or(Conflict):
        db.session.flush()
    promised, _, changes = derive(entity, record, now)
    others = [derive(other, one, now)[2].made for other, one in removal.belonging(entity, record)]
    mail_quota.check([*changes.made, *chain(*others)], entity.cover, by=by)
    made = [(row.id, row.scheduled_send_at, row.notification_type) for row in changes.made]
    past = [row.event_kind for row in promised if row.due_at <= now and not row.done_at]
    record_id, by_id = record.id, by.id
    db.session.commit()
    _log_rows("deleted", changes.deleted)
    _log_rows("planned", (row_id for row_id, _, _ in made))
    log.info("record.saved", entity=entity.type, id=str(record_id), by=str(by_id))
    alarms.current().set_for({send_at for _, send_at, _ in made}, now)
    leads = [lead for _, _, lead in made]
    return Saved(record, values, leads, list(changes.deleted.values()), changes.waiting, past)


def _log_rows(what: str, ids: Iterable[UUID]) -> None:
    for row_id in ids:
        log.info(f"reminder.{what}", reminder=str(row_id))
