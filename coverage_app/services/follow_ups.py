"""Derive the follow-ups of an entity: one per date that is set. Nobody edits them."""

from uuid import UUID

from sqlalchemy import delete, select

from coverage_app.enums import CoverageSource
from coverage_app.extensions import db
from coverage_app.models import Covered, FollowUp
from coverage_app.services.entities import Entity
from coverage_app.services.sanitize import one_line

MAX_TITLE = 200


def derive(entity: Entity, record: Covered) -> list[FollowUp]:
    """The follow-ups that ``record`` ought to have, as new objects outside any session."""
    source = CoverageSource.CHOSEN if record.cover_id else None
    return [
        FollowUp(
            entity_type=entity.type,
            entity_id=record.id,
            event_kind=event.kind,
            due_at=due_at,
            responsible_user_id=record.responsible_id,
            coverage_user_id=record.cover_id,
            coverage_source=source,
            contact_id=contact_of(entity, record),
            title=one_line(event.title_of(record))[:MAX_TITLE],
            done_at=event.done_at(record),
        )
        for event in entity.events
        if (due_at := event.due_at(record))
    ]


def contact_of(entity: Entity, record: Covered) -> UUID | None:
    """The contact that ``record`` is about: its own, or that of the record it belongs to."""
    owner_id = entity.owner.id_of(record) if entity.owner else None
    if record.contact_id is None and entity.owner and owner_id:
        return db.session.get_one(entity.owner.model, owner_id).contact_id
    return record.contact_id


def bring_in_line(entity: Entity, record: Covered) -> tuple[list[FollowUp], int]:
    """Make the stored follow-ups of ``record`` equal to the derived ones, in the caller's transaction.

    Returns them and how many rows had to be made, changed or deleted.
    """
    stored = {row.event_kind: row for row in _stored(entity, record)}
    current, changes = [], 0
    for wanted in derive(entity, record):
        row = stored.pop(wanted.event_kind, None)
        if row is None:
            db.session.add(row := wanted)
            changes += 1
        else:
            changes += _copy(wanted, row)
        current.append(row)
    for row in stored.values():
        db.session.delete(row)
    return current, changes + len(stored)


def delete_for(entity: Entity, entity_id: UUID) -> None:
    """Delete the follow-ups of a deleted entity."""
    db.session.execute(delete(FollowUp).where(FollowUp.entity_type == entity.type, FollowUp.entity_id == entity_id))


def _stored(entity: Entity, record: Covered) -> list[FollowUp]:
    rows = select(FollowUp).where(FollowUp.entity_type == entity.type, FollowUp.entity_id == record.id)
    return list(db.session.scalars(rows))


def _copy(wanted: FollowUp, row: FollowUp) -> bool:
    """Give ``row`` what was derived; return whether it differed."""
    if _derived(row) == _derived(wanted):
        return False
    row.due_at = wanted.due_at
    row.responsible_user_id = wanted.responsible_user_id
    row.coverage_user_id, row.coverage_source = wanted.coverage_user_id, wanted.coverage_source
    row.contact_id, row.title = wanted.contact_id, wanted.title
    row.done_at = wanted.done_at
    return True


def _derived(row: FollowUp) -> tuple[object, ...]:
    people = row.responsible_user_id, row.coverage_user_id, row.coverage_source, row.contact_id
    return row.due_at, *people, row.title, row.done_at
