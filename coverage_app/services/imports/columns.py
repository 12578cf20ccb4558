"""The columns that a file of calls or tasks may have, under the labels of the lists and of their export."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from coverage_app.enums import EntityType
from coverage_app.errors import FieldError
from coverage_app.services.entities import CALL, TASK, Entity
from coverage_app.services.imports import cells
from coverage_app.services.imports.csv_file import FIELD
from coverage_app.services.values import Values

A_MOMENT = _l("Date and time, day first: 03/12/2026 10:00 or 2026-12-03 10:00; or with its offset.")
A_DONE = _l("When it was done, or yes. Empty: still open.")
A_COLLEAGUE = _l("E-mail or exact name.")
MOST_NAMED = 5


@dataclass(frozen=True)
class ImportColumn:
    """``name`` is the record's column, a heading like any other; ``label`` what people call it, ``hint`` what to write
    there. A column without a reader only helps to read another."""

    name: str
    label: LazyString
    hint: LazyString
    read: cells.Reader | None = cells.text
    needed: bool = False


@dataclass(frozen=True, eq=False)
class ImportKind:
    """What a line of a file becomes. ``defaults`` returns the values of a new record, given the time of the upload."""

    entity: Entity
    columns: tuple[ImportColumn, ...]
    defaults: Callable[[datetime], Values] = lambda _made_at: {}
    settle: Callable[[Values], None] = lambda _values: None

    def column(self, name: str) -> ImportColumn:
        return next(column for column in self.columns if column.name == name)


def _of_contact(*, needed: bool) -> tuple[ImportColumn, ...]:
    return (
        ImportColumn(
            "entity_id", _l("Contact"), _l("E-mail or exact name of a contact who is there."), cells.contact, needed
        ),
        ImportColumn("contact_phone", _l("Telephone"), _l("The contact's: tells apart two of the same name."), None),
    )


OF_PEOPLE = (
    ImportColumn("responsible_user_id", _l("Owner"), _l("E-mail or exact name. Empty: you."), cells.person),
    ImportColumn("coverage_user_id", _l("Cover"), A_COLLEAGUE, cells.person),
)


def _complete(values: Values) -> None:
    if values.get("completed_at"):
        values["is_completed"] = True


CALLS = ImportKind(
    entity=CALL,
    columns=(
        ImportColumn("called_at", _l("When"), _l("When the call was. Empty: now."), cells.moment),
        *_of_contact(needed=True),
        ImportColumn(
            "direction",
            _l("Who called"),
            _l("We called, or They called. Empty: we."),
            cells.one_of({"out": _l("We called"), "in": _l("They called")}),
        ),
        ImportColumn("phone", _l("Telephone of this call"), _l("Only if it is not the contact's own.")),
        ImportColumn(
            "duration",
            _l("Duration"),
            _l("Minutes, like 12, or minutes and seconds, like 12:30."),
            cells.duration,
        ),
        ImportColumn("result", _l("Result"), _l("Up to 200 characters.")),
        ImportColumn("note", _l("Note"), _l("What was agreed. The cover reads it in the reminder.")),
        ImportColumn("proxima_llamada_fecha", _l("Next call"), A_MOMENT, cells.moment),
        ImportColumn("proxima_llamada_done_at", _l("Next call done"), A_DONE, cells.done),
        ImportColumn("proxima_accion_fecha", _l("Next action"), A_MOMENT, cells.moment),
        ImportColumn(
            "proxima_accion", _l("What is to be done"), _l("Of the next action: for example, send the contract.")
        ),
        ImportColumn("proxima_accion_done_at", _l("Next action done"), A_DONE, cells.done),
        *OF_PEOPLE,
    ),
    defaults=lambda made_at: {"called_at": made_at},
)
TASKS = ImportKind(
    entity=TASK,
    columns=(
        ImportColumn("text", _l("What is to be done"), _l("The task, in words."), needed=True),
        *_of_contact(needed=False),
        ImportColumn("complete_till", _l("To be done by"), A_MOMENT, cells.moment),
        ImportColumn("completed_at", _l("Done"), A_DONE, cells.done),
        *OF_PEOPLE,
    ),
    settle=_complete,
)
KINDS = {kind.entity.type: kind for kind in (CALLS, TASKS)}


def read_heading(kind: ImportKind, heading: Iterable[str]) -> list[ImportColumn]:
    """Return the columns that a heading names, in its order. Raises FieldError for one unknown, double or missing."""
    names, headings = _names(kind.entity.type), list(heading)
    unknown = [cell for cell in headings if cells.folded(cell) not in names]
    if unknown:
        listed = ", ".join(f"«{cell[:40]}»" for cell in unknown[:MOST_NAMED])
        raise FieldError(FIELD, _l("The heading names columns that are not known: %(names)s.", names=listed))
    columns = [kind.column(names[cells.folded(cell)]) for cell in headings]
    times = Counter(column.name for column in columns)
    double = [column for column in columns if times[column.name] > 1]
    if double:
        raise FieldError(FIELD, _l("The heading names a column twice: «%(name)s».", name=double[0].label))
    lacking = [column for column in kind.columns if column.needed and column.name not in times]
    if lacking:
        raise FieldError(FIELD, _l("The heading lacks the column «%(name)s».", name=lacking[0].label))
    return columns


@cache
def _names(kind: EntityType) -> dict[str, str]:
    """Return the name of a column by every heading that may stand for it."""
    return {
        spelling: column.name
        for column in KINDS[kind].columns
        for spelling in {column.name, *cells.spellings(column.label)}
    }
