"""What people type, made safe to store: no control characters, no lone surrogates, no more than fits."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, Text, inspect
from sqlalchemy.sql.elements import KeyedColumnElement

from coverage_app.errors import FieldError
from coverage_app.extensions import Model
from coverage_app.services.values import Values

MAX_NOTE = 20_000
LINE_BREAKS = re.compile(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# C0 and C1 controls but TAB and LF, lone surrogates, and the overrides that make text read backwards.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
# A cell that begins with one of these is a formula to a spreadsheet (OWASP: CSV injection).
FORMULA = re.compile(r"[=+\-@\t\r]")
MAX_SECONDS = 86_400
DURATION = re.compile(r"(?:(\d{1,2}):(?=\d\d:))?(\d{1,4})(?::([0-5]\d))?", re.ASCII)


def one_line(text: str) -> str:
    """``text`` on a single line, blanks collapsed: fit for a name, a title, a header."""
    return re.sub(r"\s+", " ", UNSEEN.sub("", LINE_BREAKS.sub(" ", text))).strip()


def paragraphs(text: str) -> str:
    """``text`` with its line breaks as LF and nothing invisible in it."""
    return UNSEEN.sub("", LINE_BREAKS.sub("\n", text)).strip()


def read_duration(typed: str) -> int | None:
    """Seconds, written as minutes (``12``), minutes and seconds (``12:30``) or with hours (``1:02:30``).

    None for anything else, and for more than a day.
    """
    match = DURATION.fullmatch(typed.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if total <= MAX_SECONDS else None


def clean(model: type[Model], changes: Values) -> Values:
    """``changes`` with every text fit for its column; an empty one is None where the column allows it.

    Raises FieldError when a text is longer than its column.
    """
    columns = inspect(model).local_table.columns
    return {name: _fit(columns[name], value) if isinstance(value, str) else value for name, value in changes.items()}


def _fit(column: KeyedColumnElement[Any], value: str) -> str | None:
    if not isinstance(column.type, String):
        return value
    text = paragraphs(value) if isinstance(column.type, Text) else one_line(value)
    limit = column.type.length or MAX_NOTE
    if len(text) > limit:
        raise FieldError(column.name, _l("Too long: at most %(limit)d characters.", limit=limit))
    return text or (None if column.nullable else "")
