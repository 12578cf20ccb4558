"""Many new records at once: for each what ``records.create`` does, stored set-wise, in the caller's transaction.

What follows from a record is derived by the very functions that a save uses; only the storing differs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Column, Dialect, Table, insert

from coverage_app.enums import Action
from coverage_app.extensions import Model, db
from coverage_app.models import User
from coverage_app.services import changeset, follow_ups, history, reminders, validation
from coverage_app.services.entities import Entity
from coverage_app.services.values import Values

Parameters = dict[str, object] | tuple[object, ...]  # of one row, as the driver takes them


def derive(
    entity: Entity, record_id: UUID, changes: Values, *, by: User, now: datetime, people: validation.FindPeople
) -> list[Model]:
    """A new record and every row that follows from it: follow-ups, reminders, its line of history. Of no session.

    For records that belong to no other. Asks the database nothing when ``people`` and the session hold its
    people and its contact. Raises FieldError for bad input.
    """
    record, values = changeset.build(entity, record_id, changes, by=by, now=now, people=people)
    promised = follow_ups.derive(entity, record)
    wanted = reminders.wanted(promised, current_app.extensions["settings"].offsets)
    entry = history.entry(history.of_record(entity, record), Action.CREATED, values, by=by, now=now)
    return [record, *promised, *reminders.missing(entity, record, wanted, (), now), entry]


@dataclass
class InsertBatch:
    """Rows as the driver takes them, statement by statement: made without asking the database, stored without thinking.

    Thinking takes three times as long as storing, and SQLite keeps everybody else from writing meanwhile.
    """

    values: dict[str, list[Parameters]] = field(default_factory=dict)

    def store(self) -> None:
        """Insert them, a statement for each kind, past the session. Nothing is committed."""
        connection = db.session.connection()
        for statement, values in self.values.items():
            connection.exec_driver_sql(statement, values)


def prepare(rows: Iterable[Model]) -> InsertBatch:
    """New rows of any kind, made ready to be stored. Those of one kind stay in their order."""
    packed = InsertBatch()
    for row in rows:
        statement, values = _insert_into(row.__table__, db.engine.dialect)
        packed.values.setdefault(statement, []).append(values(vars(row)))
    return packed


@cache
def _insert_into(table: Table, dialect: Dialect) -> tuple[str, Callable[[Values], Parameters]]:
    """The INSERT of a whole row of ``table``, and what makes the attributes of a row into its parameters."""
    compiled = insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns])
    columns = {
        column.name: (_default(column), column.type.dialect_impl(dialect).bind_processor(dialect))
        for column in table.columns
    }

    def values(given: Values) -> Parameters:
        made: dict[str, object] = {}
        for name, (default, process) in columns.items():
            value = given[name] if name in given else default()
            made[name] = process(value) if process else value
        order = compiled.positiontup  # None where the driver takes parameters by name
        return made if order is None else tuple(made[name] for name in order)

    return str(compiled), values


def _default(column: Column[Any]) -> Callable[[], object]:
    """What the ORM would put where nothing was set."""
    default: Any = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else lambda: default.arg
