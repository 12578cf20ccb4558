"""Reads cells as the forms do: moments, durations, people, yes and no."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l

from coverage_app import clock
from coverage_app.enums import LOCALES
from coverage_app.errors import FieldError
from coverage_app.services.imports.lookup import Directory
from coverage_app.services.sanitize import FORMULA, one_line, read_duration

YES = frozenset({"si", "yes", "x", "1", "true", "verdadero"})
NO = frozenset({"no", "0", "false", "falso"})
MAX_WORD = 100  # characters


@dataclass
class Row:
    """One line as it is read: ``cells`` by column, and the ``notes`` on what is accepted but worth a second look.

    Local times are in ``zone``; ``made_at`` is when the file was uploaded.
    """

    cells: dict[str, str]
    zone: str
    made_at: datetime
    directory: Directory
    notes: dict[str, LazyString] = field(default_factory=dict)


Reader = Callable[[str, str, Row], Any]


def text(_name: str, cell: str, _line: Row) -> str:
    """Return the cell as it is: the services sanitize it."""
    return cell


def moment(name: str, cell: str, line: Row) -> datetime:
    """Return a local time, or one with its offset. Raises UnreadableTime; notes a time that exists twice."""
    reading = clock.read_written(cell, line.zone)
    if reading.ambiguous:
        line.notes[name] = _l("The clocks show this time twice that day. The first one was taken.")
    return reading.at


def done(name: str, cell: str, line: Row) -> datetime | None:
    """Return when it was done; a bare yes means the time at which the file was uploaded, a no None."""
    word = folded(cell)
    if word in YES or word in NO:
        return line.made_at if word in YES else None
    return moment(name, cell, line)


def duration(name: str, cell: str, _line: Row) -> int:
    seconds = read_duration(cell)
    if seconds is None:
        sentence = _l("Write minutes, like 12, or minutes and seconds, like 12:30; at most 24 hours.")
        raise FieldError(name, sentence)
    return seconds


def person(name: str, cell: str, line: Row) -> UUID:
    return line.directory.person(name, cell)


def contact(name: str, cell: str, line: Row) -> UUID:
    return line.directory.contact(name, cell, line.cells.get("contact_phone", ""))


def one_of(words: dict[str, LazyString]) -> Reader:
    """Return a reader of a fixed vocabulary, written as in the API or on the pages of either language."""

    def read(name: str, cell: str, _line: Row) -> str:
        word = folded(cell)
        for value, label in words.items():
            if word == value or word in spellings(label):
                return value
        listed = ", ".join(map(str, words.values()))
        raise FieldError(name, _l("One of: %(choices)s.", choices=listed))

    return read


def spellings(label: LazyString) -> set[str]:
    """Return ``label`` in every language of the pages, folded."""
    folded_labels = set()
    for locale in LOCALES:
        with force_locale(locale):
            folded_labels.add(folded(str(label)))
    return folded_labels


def folded(cell: str) -> str:
    """Fold case, accents and blanks, to compare words. A text too long for a word is returned as it is."""
    if len(cell) > MAX_WORD:
        return cell
    parts = unicodedata.normalize("NFKD", one_line(cell).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def plain(cell: str) -> str:
    """Remove the mark by which our own export keeps a spreadsheet from running a cell."""
    return cell[1:] if re.match("'" + FORMULA.pattern, cell) else cell
