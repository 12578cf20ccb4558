"""A change in words: who did what, and from which value to which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Boolean

from coverage_app.enums import Action, EntityType, RecordKind
from coverage_app.models import AuditEntry
from coverage_app.models.base import Record, UtcDateTime
from coverage_app.services.emails.reminder import event_name
from coverage_app.services.entities import ENTITIES
from coverage_app.services.entity_columns import Event
from coverage_app.services.history import MODELS
from coverage_app.services.queries import audit
from coverage_app.services.queries.paging import Page
from coverage_app.services.values import Differences
from coverage_app.web.present import labels
from coverage_app.web.present.column_labels import BY_KIND as COLUMNS
from coverage_app.web.present.column_labels import VALUES
from coverage_app.web.present.filters import lasted, moment

# The tone and the icon of each; its words are among the labels.
SIGNS = {
    Action.CREATED: ("good", "plus-lg"),
    Action.UPDATED: ("wait", "pencil"),
    Action.COMPLETED: ("good", "check-circle-fill"),
    Action.REOPENED: ("warn", "arrow-counterclockwise"),
    Action.DELETED: ("bad", "trash3"),
    Action.ERASED: ("bad", "trash3"),
    Action.DEACTIVATED: ("bad", "slash-circle"),
    Action.REACTIVATED: ("good", "check-circle"),
    Action.PASSWORD: ("warn", "shield-check"),
    Action.TOKEN_REVOKED: ("bad", "trash3"),
}
# What the table keeps for itself.
SILENT = frozenset({"created_at", "updated_at", "version"})
# Lengths of time, in seconds.
DURATIONS = frozenset({(EntityType.CALL, "duration")})
FOLDERS: dict[str, str] = {kind: entity.folder for kind, entity in ENTITIES.items()} | {
    RecordKind.CONTACT: "contacts",
    RecordKind.USER: "people",
}


@dataclass(frozen=True)
class Difference:
    """One value of a record, before and after; an empty text where there was none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditLine:
    """A change in words. ``tone`` names its colour and ``icon`` its sign: neither says it alone."""

    change: AuditEntry
    tone: str
    icon: str
    action: str
    kind: str
    folder: str | None
    differences: list[Difference]

    @property
    def by(self) -> str:
        return self.change.by.name if self.change.by else _("a command at the server")

    @property
    def owner(self) -> str | None:
        return self.change.responsible.name if self.change.responsible else None

    @property
    def linked(self) -> bool:
        """Whether there may still be a page to open."""
        gone = self.change.action in (Action.DELETED, Action.ERASED) or self.change.erased_at
        return self.folder is not None and not gone

    @property
    def erasable(self) -> bool:
        """Whether a contact was deleted here, and not erased since."""
        change = self.change
        return (change.entity_type, change.action) == (RecordKind.CONTACT, Action.DELETED) and not change.erased_at


@dataclass(frozen=True)
class History:
    """What was done to one record, a page of it."""

    page: Page
    lines: list[AuditLine]


def kind_of(model: type[Record]) -> str | None:
    """The name under which history keeps the records of ``model``; None when it keeps none."""
    return next((kind for kind, known in MODELS.items() if known is model), None)


def of_record(model: type[Record], record_id: UUID, cursor: str | None) -> History | None:
    """What the page of a record shows; None for a kind of which no history is kept."""
    kind = kind_of(model)
    if kind is None:
        return None
    page = audit.of_record(kind, record_id, cursor)
    return History(page, describe(page.rows))


def stored(model: type[Record], pairs: Differences) -> dict[str, str]:
    """What is stored, in words and by column, where ``pairs`` ([stored, typed], as history has them) differ."""
    kind = kind_of(model) or ""
    ids = {
        (table, UUID(value)) for name, pair in pairs.items() if (table := _table(kind, name)) for value in pair if value
    }
    names = audit.names(ids)
    words = {name: [_words(kind, name, value, names) for value in pair] for name, pair in pairs.items()}
    return {name: before for name, (before, after) in words.items() if before != after}


def describe(rows: Sequence[AuditEntry]) -> list[AuditLine]:
    """``rows`` in words, in their order; asks once for all the names."""
    names = audit.names(_ids(rows))
    return [_line(row, names) for row in rows]


def _line(row: AuditEntry, names: dict[UUID, str]) -> AuditLine:
    (tone, icon), kind, done = SIGNS[Action(row.action)], row.entity_type, _done(row)
    words = str(labels.ACTIONS[row.action])
    if done:
        words = f"{words}: {event_name(done.kind, '').partition(':')[0]}"  # its own name, without a title
    differences = [
        Difference(str(COLUMNS[kind][name]), *(_words(kind, name, value, names) for value in pair))
        for name, pair in _pairs(row).items()
        if name not in SILENT and not (done and name == done.done)
    ]
    return AuditLine(row, tone, icon, words, str(labels.RECORD_KINDS[kind]), FOLDERS.get(kind), differences)


def _pairs(row: AuditEntry) -> Differences:
    """What changed; a record that was just made had no values before, only the defaults of its columns."""
    if row.action != Action.CREATED:
        return row.values
    return {name: [None, after] for name, (_default, after) in row.values.items()}


def _done(row: AuditEntry) -> Event | None:
    """Which event was marked done or opened again, if that is what the change was."""
    if row.action not in (Action.COMPLETED, Action.REOPENED):
        return None
    return next((event for event in ENTITIES[EntityType(row.entity_type)].events if event.done in row.values), None)


def _ids(rows: Iterable[AuditEntry]) -> set[tuple[str, UUID]]:
    """(table, id) of everything that the changes name by its id."""
    return {
        (table, UUID(value))
        for row in rows
        for name, pair in row.values.items()
        if (table := _table(row.entity_type, name))
        for value in pair
        if value
    }


def _table(kind: str, name: str) -> str | None:
    keys = MODELS[kind].__table__.columns[name].foreign_keys
    return next((key.column.table.name for key in keys), None)


def _words(kind: str, name: str, value: Any, names: dict[UUID, str]) -> str:
    if value is None or value == "":
        return ""
    if _table(kind, name):
        return names.get(UUID(value)) or _("deleted since")
    column = MODELS[kind].__table__.columns[name].type
    if isinstance(column, UtcDateTime):
        return moment(datetime.fromisoformat(value))
    if isinstance(column, Boolean):
        return _("yes") if value else _("no")
    if (kind, name) in DURATIONS:
        return lasted(value)
    return str(VALUES.get((kind, name), {}).get(value, value))
