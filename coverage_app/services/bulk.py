"""Many new records at once: for each what ``records.create`` does, stored set-wise, in the caller's transaction.

What follows from a record is derived by the very functions that a save uses; only the storing differs.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import insert

from coverage_app.enums import Action
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import drafts, follow_ups, history, reminders, rules
from coverage_app.services.drafts import Values
from coverage_app.services.entities import Entity


def derive(
    entity: Entity, record_id: UUID, changes: Values, *, by: User, now: datetime, people: rules.People
) -> list[Any]:
    """A new record and every row that follows from it: follow-ups, reminders, its line of history. Of no session.

    For records that belong to no other. Asks the database nothing when ``people`` and the session hold its
    people and its contact. Raises FieldError for bad input.
    """
    record, values = drafts.fresh(entity, record_id, changes, by=by, now=now, people=people)
    promised = follow_ups.derive(entity, record)
    wanted = reminders.wanted(promised, current_app.extensions["settings"].offsets)
    told = history.line(history.of_record(entity, record), Action.CREATED, values, by=by, now=now)
    return [record, *promised, *reminders.missing(entity, record, wanted, (), now), told]


def store(rows: Iterable[Any]) -> None:
    """Insert the rows, a statement for each kind. Nothing is flushed through the session, nothing committed."""
    by_model: dict[Any, list[Values]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(_columns(row))
    for model, values in by_model.items():
        db.session.execute(insert(model.__table__), values)


def _columns(row: Any) -> Values:
    """What was set, None elsewhere; a column with a default that was not set is left to it."""
    given = vars(row)
    return {
        column.name: given.get(column.name)
        for column in row.__table__.columns
        if column.name in given or column.default is None
    }
