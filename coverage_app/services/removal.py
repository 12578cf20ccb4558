"""Delete covered records: each with what belongs to it, its follow-ups and what was still to be sent."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select

from coverage_app.enums import Action
from coverage_app.errors import Conflict
from coverage_app.extensions import db
from coverage_app.models import Covered, User
from coverage_app.services import follow_ups, history, reminders
from coverage_app.services.conflicts import unique_or
from coverage_app.services.entities import ENTITIES, Entity

log = structlog.get_logger()


@dataclass
class Removed:
    """What was deleted: records as (entity type, id), and the ids of reminders that were still to be sent."""

    records: list[tuple[str, UUID]] = field(default_factory=list)
    reminders: list[UUID] = field(default_factory=list)

    def log(self, by: User) -> None:
        """Log a line for each; called once it is committed."""
        for row_id in self.reminders:
            log.info("reminder.deleted", reminder=str(row_id))
        for kind, record_id in self.records:
            log.info("record.deleted", entity=kind, id=str(record_id), by=str(by.id))


def remove(entity: Entity, record: Covered, *, by: User, now: datetime, removed: Removed | None = None) -> Removed:
    """Delete a locked record and what belongs to it, in the caller's transaction; add them to ``removed``.

    What was sent stays as history. Raises Conflict when somebody stores what points to it.
    """
    removed = removed or Removed()
    for kind, one in [*belonging(entity, record), (entity, record)]:
        history.record(history.of_record(kind, one), Action.DELETED, {}, by=by, now=now)
        removed.reminders += reminders.delete_for(kind, one.id)
        follow_ups.delete_for(kind, one.id)
        removed.records.append((kind.type.value, one.id))
        db.session.delete(one)
        with unique_or(Conflict):
            db.session.flush()
    return removed


def belonging(entity: Entity, record: Covered) -> list[tuple[Entity, Covered]]:
    """Return the records that belong to this one, locked."""
    belonging: list[tuple[Entity, Covered]] = []
    for other in ENTITIES.values():
        if other.owner and other.owner.model is entity.model:
            owned = select(other.model).where(other.owner.column.attribute == record.id).with_for_update()
            belonging += [(other, one) for one in db.session.scalars(owned)]
    return belonging
