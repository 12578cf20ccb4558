"""What can be covered, declared as data: which columns of a record hold its dates, its people and its contact."""

from dataclasses import dataclass
from typing import Any

from coverage_app.enums import EntityType, EventKind
from coverage_app.models import Call


@dataclass(frozen=True)
class Event:
    """One date of an entity: the columns of its due time, of its done mark and (if any) of what it is about."""

    kind: EventKind
    due: str
    done: str
    title: str | None = None


@dataclass(frozen=True)
class Entity:
    """Columns of a covered record. ``events`` are its dates, in the order in which people meet them;
    ``folder`` is where its pages live, so that a mail can link to them without a request."""

    type: EntityType
    folder: str
    model: Any
    events: tuple[Event, ...]
    responsible: str
    cover: str
    contact: str
    note: str | None

    def event(self, kind: str) -> Event:
        return next(event for event in self.events if event.kind == kind)


CALL = Entity(
    type=EntityType.CALL,
    folder="calls",
    model=Call,
    events=(
        Event(EventKind.NEXT_CALL, "proxima_llamada_fecha", "proxima_llamada_done_at"),
        Event(EventKind.NEXT_ACTION, "proxima_accion_fecha", "proxima_accion_done_at", title="proxima_accion"),
    ),
    responsible="responsible_user_id",
    cover="coverage_user_id",
    contact="entity_id",
    note="note",
)

ENTITIES = {entity.type: entity for entity in (CALL,)}


def of(record: Any) -> Entity:
    """The declaration that ``record`` is an instance of."""
    return next(entity for entity in ENTITIES.values() if isinstance(record, entity.model))
