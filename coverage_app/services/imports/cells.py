"""What a cell may say, read as on the forms: moments, durations, people, yes and no."""

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

    Local times are in ``zone``; ``made_at`` is when the file came.
    """

    cells: dict[str, str]
    zone: str
    made_at: datetime
    known: Directory
    notes: dict[str, LazyString] = field(default_factory=dict)


Reader = Callable[[str, str, Row], Any]


def text(_name: str, typed: str, _line: Row) -> str:
    """As it is: the services make it safe to store."""
    return typed


def moment(name: str, typed: str, line: Row) -> datetime:
    """A local time, or one with its offset. Raises UnreadableTime as the forms do; notes a time that exists twice."""
    reading = clock.read_written(typed, line.zone)
    if reading.ambiguous:
        line.notes[name] = _l("The clocks show this time twice that day. The first one was taken.")
    return reading.at


def done(name: str, typed: str, line: Row) -> datetime | None:
    """When it was done; a bare yes means that it was by the time the file came."""
    said = folded(typed)
    if said in YES or said in NO:
        return line.made_at if said in YES else None
    return moment(name, typed, line)


def duration(name: str, typed: str, _line: Row) -> int:
    seconds = read_duration(typed)
    if seconds is None:
        sentence = _l("Write minutes, like 12, or minutes and seconds, like 12:30; at most 24 hours.")
        raise FieldError(name, sentence)
    return seconds


def person(name: str, typed: str, line: Row) -> UUID:
    return line.known.person(name, typed)


def contact(name: str, typed: str, line: Row) -> UUID:
    return line.known.contact(name, typed, line.cells.get("contact_phone", ""))


def one_of(words: dict[str, LazyString]) -> Reader:
    """A word of a fixed vocabulary, as the API or as the pages of either language write it."""

    def read(name: str, typed: str, _line: Row) -> str:
        said = folded(typed)
        for value, label in words.items():
            if said == value or said in spellings(label):
                return value
        listed = ", ".join(map(str, words.values()))
        raise FieldError(name, _l("One of: %(choices)s.", choices=listed))

    return read


def spellings(label: LazyString) -> set[str]:
    """``label`` in every language of the pages, folded."""
    found = set()
    for locale in LOCALES:
        with force_locale(locale):
            found.add(folded(str(label)))
    return found


def folded(typed: str) -> str:
    """Without regard to case, accents and blanks, as people compare words. What is too long for one stays as it is."""
    if len(typed) > MAX_WORD:
        return typed
    parts = unicodedata.normalize("NFKD", one_line(typed).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def plain(typed: str) -> str:
    """A cell without the mark by which our own export keeps a spreadsheet from running it."""
    return typed[1:] if re.match("'" + FORMULA.pattern, typed) else typed
