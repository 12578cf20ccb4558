"""What an entity promises: one follow-up per date that is set, derived, never edited."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from coverage_app.enums import CoverageSource
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.services.entities import Entity, Event
from coverage_app.services.sanitize import one_line

MAX_TITLE = 200
DERIVED = ("due_at", "responsible_user_id", "coverage_user_id", "coverage_source", "contact_id", "title", "done_at")


def derive(entity: Entity, record: Any) -> list[FollowUp]:
    """The follow-ups that ``record`` ought to have, as new objects outside any session."""
    return [_promise(entity, event, record) for event in entity.events if getattr(record, event.due)]


def _promise(entity: Entity, event: Event, record: Any) -> FollowUp:
    cover = getattr(record, entity.cover)
    return FollowUp(
        entity_type=entity.type,
        entity_id=record.id,
        event_kind=event.kind,
        due_at=getattr(record, event.due),
        responsible_user_id=getattr(record, entity.responsible),
        coverage_user_id=cover,
        coverage_source=CoverageSource.CHOSEN if cover else None,
        contact_id=contact_of(entity, record),
        title=one_line(getattr(record, event.title) or "")[:MAX_TITLE] if event.title else "",
        done_at=event.done_at(record),
    )


def contact_of(entity: Entity, record: Any) -> UUID | None:
    """The contact that ``record`` is about: its own, or that of the record it belongs to."""
    own: UUID | None = getattr(record, entity.contact)
    if own is None and entity.through:
        column, model = entity.through
        owner_id = getattr(record, column)
        own = db.session.get_one(model, owner_id).contact_id if owner_id else None
    return own


def bring_in_line(entity: Entity, record: Any) -> tuple[list[FollowUp], int]:
    """Make the stored follow-ups of ``record`` equal to the derived ones, in the caller's transaction.

    Returns them and how many rows had to be made, changed or deleted.
    """
    stored = {row.event_kind: row for row in _stored(entity, record)}
    kept, changes = [], 0
    for wanted in derive(entity, record):
        row = stored.pop(wanted.event_kind, None)
        if row is None:
            db.session.add(row := wanted)
            changes += 1
        else:
            changes += _copy(wanted, row)
        kept.append(row)
    for row in stored.values():
        db.session.delete(row)
    return kept, changes + len(stored)


def delete_for(entity: Entity, entity_id: Any) -> None:
    """Drop the follow-ups of a deleted entity."""
    db.session.execute(delete(FollowUp).where(FollowUp.entity_type == entity.type, FollowUp.entity_id == entity_id))


def _stored(entity: Entity, record: Any) -> list[FollowUp]:
    mine = select(FollowUp).where(FollowUp.entity_type == entity.type, FollowUp.entity_id == record.id)
    return list(db.session.scalars(mine))


def _copy(wanted: FollowUp, row: FollowUp) -> bool:
    different = [name for name in DERIVED if getattr(row, name) != getattr(wanted, name)]
    for name in different:
        setattr(row, name, getattr(wanted, name))
    return bool(different)
