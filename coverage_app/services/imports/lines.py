"""A line of a file as the values of a new record, and what there is to say about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from flask_babel import gettext as _
from sqlalchemy import Uuid

from coverage_app.errors import DomainError, FieldError
from coverage_app.models import Import, User
from coverage_app.models.base import UtcDateTime
from coverage_app.services import changeset
from coverage_app.services.changeset import Values
from coverage_app.services.imports import cells
from coverage_app.services.imports.columns import ImportColumn, ImportKind
from coverage_app.services.imports.lookup import Directory

Message = dict[str, Any]


@dataclass
class LineResult:
    """``values`` are None when the line is refused. ``messages`` are {line, column, sentence, refused}."""

    number: int
    values: Values | None
    messages: list[Message]


@dataclass(frozen=True)
class LineValidator:
    """Validates lines under ``heading`` as they would be saved by ``by``, asking the very rules that a save asks."""

    imported: Import
    kind: ImportKind
    heading: list[ImportColumn]
    by: User

    def validate(self, number: int, row: list[str], known: Directory) -> LineResult:
        """In the language that is spoken now."""
        if len(row) < len(self.heading) or any(cell.strip() for cell in row[len(self.heading) :]):
            sentence = _("This line has %(here)d cells, the heading %(there)d.", here=len(row), there=len(self.heading))
            return LineResult(number, None, [message(number, None, sentence)])
        given = {column.name: cells.plain(cell.strip()) for column, cell in zip(self.heading, row, strict=False)}
        line = cells.Row(given, self.imported.timezone, self.imported.created_at, known)
        values, wrong = self._read(line)
        if not wrong:
            wrong = self._refused(number, values, known)
        said = [self._message(number, name, sentence) for name, sentence in wrong.items()]
        noted = [self._message(number, name, sentence) | {"refused": False} for name, sentence in line.notes.items()]
        return LineResult(number, None if wrong else values, said + noted)

    def _read(self, line: cells.Row) -> tuple[Values, dict[str, Any]]:
        """The values of the cells that are not empty, and the sentences on those that cannot be read."""
        values, wrong = self.kind.defaults(line.made_at), {}
        for column in self.heading:
            typed = line.cells[column.name]
            if typed and column.read:
                try:
                    values[column.name] = column.read(column.name, typed, line)
                except DomainError as error:
                    wrong[column.name] = error.sentence
        self.kind.settle(values)
        return values, wrong

    def _refused(self, number: int, values: Values, known: Directory) -> dict[str, Any]:
        made_at = self.imported.created_at
        try:
            changeset.build(
                self.kind.entity,
                record_id(self.imported.id, number),
                values,
                by=self.by,
                now=made_at,
                people=known.found_people,
            )
        except FieldError as error:
            return {error.field: error.sentence}
        return {}

    def _message(self, number: int, name: str, sentence: Any) -> Message:
        return message(number, str(self.kind.column(name).label), str(sentence))


def message(number: int, column: str | None, sentence: str) -> Message:
    """What there is to say of a refused line."""
    return {"line": number, "column": column, "sentence": sentence, "refused": True}


def record_id(import_id: UUID, number: int) -> UUID:
    """The id of the record that a line becomes: always the same, so that no line can become two."""
    return uuid5(import_id, str(number))


def as_json(values: Values) -> Values:
    """``values`` fit to be kept."""
    return {name: _packed(value) for name, value in values.items()}


def from_json(model: Any, values: Values) -> Values:
    """What ``as_json`` kept, as the columns of ``model`` take it."""
    columns = model.__table__.columns
    return {name: _unpacked(columns[name].type, value) for name, value in values.items()}


def _packed(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _unpacked(kind: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(kind, Uuid) else value
