"""A record as a change would have it: cleaned, checked and set, before anything is stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import inspect

from coverage_app.models import Covered, User
from coverage_app.services import history, sanitize, validation
from coverage_app.services.entities import Entity
from coverage_app.services.entity_columns import Event
from coverage_app.services.values import Differences, Values


def build(
    entity: Entity,
    record_id: UUID,
    changes: Values,
    *,
    by: User,
    now: datetime,
    people: validation.FindPeople = validation.locked_people,
) -> tuple[Covered, Differences]:
    """A new record, of no session yet, and its values as its history tells them. The responsible defaults to ``by``.

    ``people`` finds colleagues by id; who makes many records has looked them up, and locked them, once.
    Raises FieldError for bad input.
    """
    record = entity.model(id=record_id, responsible_id=by.id, **_defaults(entity))
    missing = {name: None for name in entity.needed if name not in changes}
    return record, apply(entity, record, missing | changes, now, people)


def apply(
    entity: Entity,
    record: Covered,
    changes: Values,
    now: datetime,
    people: validation.FindPeople = validation.locked_people,
) -> Differences:
    """Check and set; returns what differs, for the history. Another date clears the event's done mark."""
    changes = {name: _whole_second(value) for name, value in sanitize.clean(entity.model, changes).items()}
    validation.check(entity, record, changes, people)
    values = history.differences(record, changes)
    for event in entity.events:
        # Another date, not the clearing of one: a task that was done without a date stays done.
        if changes.get(event.due) is not None and changes[event.due] != event.due_at(record):
            event.mark(record, None)
    for name, value in changes.items():
        setattr(record, name, value)
    record.settle(now.replace(microsecond=0))
    return values


def mark(record: Covered, event: Event, done: bool, now: datetime) -> Differences:
    """Set or clear the done mark of one event; returns what differs: nothing when it stood so already."""
    before = event.marked_at(record)
    if done == bool(before):
        return {}
    event.mark(record, now.replace(microsecond=0) if done else None)
    return history.as_json({event.done: [before, event.marked_at(record)]})


def _defaults(entity: Entity) -> Values:
    """The columns' defaults, which the ORM would fill in too late for the rules to see them."""
    columns = (column for column in inspect(entity.model).local_table.columns if column.name != "version")
    return {column.name: column.default.arg for column in columns if column.default and column.default.is_scalar}


def _whole_second(value: object) -> object:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value
