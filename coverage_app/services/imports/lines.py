"""Validates lines of a file: each becomes the values of a new record, and messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypedDict
from uuid import UUID, uuid5

from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine

from coverage_app.errors import DomainError, FieldError
from coverage_app.models import Import, User
from coverage_app.models.base import UtcDateTime
from coverage_app.services import changeset
from coverage_app.services.imports import cells
from coverage_app.services.imports.columns import ImportColumn, ImportKind
from coverage_app.services.imports.lookup import Directory
from coverage_app.services.values import Values


class Message(TypedDict):
    """What is wrong, or worth a second look, in one line of a file."""

    line: int
    column: str | None
    sentence: str
    refused: bool


Sentence: TypeAlias = LazyString | str


@dataclass
class LineResult:
    """``values`` are None when the line is refused. ``messages`` are {line, column, sentence, refused}."""

    number: int
    values: Values | None
    messages: list[Message]


@dataclass(frozen=True)
class LineValidator:
    """Validates lines under ``heading`` as if ``by`` saved them, by the rules of a save."""

    imported: Import
    kind: ImportKind
    heading: list[ImportColumn]
    by: User

    def validate(self, number: int, row: list[str], directory: Directory) -> LineResult:
        """Return the values or the errors of a row, with messages in the current locale."""
        if len(row) < len(self.heading) or any(cell.strip() for cell in row[len(self.heading) :]):
            sentence = _("This line has %(here)d cells, the heading %(there)d.", here=len(row), there=len(self.heading))
            return LineResult(number, None, [message(number, None, sentence)])
        row_cells = {column.name: cells.plain(cell.strip()) for column, cell in zip(self.heading, row, strict=False)}
        line = cells.Row(row_cells, self.imported.timezone, self.imported.created_at, directory)
        values, wrong = self._read(line)
        if not wrong:
            wrong = self._refused(number, values, directory)
        errors = [self._message(number, name, sentence) for name, sentence in wrong.items()]
        notes = [self._message(number, name, sentence, refused=False) for name, sentence in line.notes.items()]
        return LineResult(number, None if wrong else values, errors + notes)

    def _read(self, line: cells.Row) -> tuple[Values, dict[str, Sentence]]:
        """Return the values of the cells that are not empty, and the sentences on those that cannot be read."""
        values = self.kind.defaults(line.made_at)
        wrong: dict[str, Sentence] = {}
        for column in self.heading:
            cell = line.cells[column.name]
            if cell and column.read:
                try:
                    values[column.name] = column.read(column.name, cell, line)
                except DomainError as error:
                    wrong[column.name] = error.sentence
        self.kind.settle(values)
        return values, wrong

    def _refused(self, number: int, values: Values, directory: Directory) -> dict[str, Sentence]:
        made_at = self.imported.created_at
        try:
            changeset.build(
                self.kind.entity,
                record_id(self.imported.id, number),
                values,
                by=self.by,
                now=made_at,
                people=directory.found_people,
            )
        except FieldError as error:
            return {error.field: error.sentence}
        return {}

    def _message(self, number: int, name: str, sentence: Sentence, *, refused: bool = True) -> Message:
        return message(number, str(self.kind.column(name).label), str(sentence), refused=refused)


def message(number: int, column: str | None, sentence: str, *, refused: bool = True) -> Message:
    """Return a message on a line."""
    return {"line": number, "column": column, "sentence": sentence, "refused": refused}


def record_id(import_id: UUID, number: int) -> UUID:
    """Return the id of a line's record: always the same, so that no line makes two records."""
    return uuid5(import_id, str(number))


def as_json(values: Values) -> Values:
    """Return ``values`` as JSON can hold them."""
    return {name: _to_json(value) for name, value in values.items()}


def from_json(model: Any, values: Values) -> Values:
    """Return values from ``as_json`` as the columns of ``model`` take them."""
    columns = model.__table__.columns
    return {name: _from_json(columns[name].type, value) for name, value in values.items()}


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _from_json(kind: TypeEngine[Any], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(kind, Uuid) else value
