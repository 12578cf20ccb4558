"""Finding what people type: without regard to case, accents, or how a telephone number is spaced."""

import re
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from coverage_app.services.sanitize import one_line

MAX_TERM = 100
# No index helps: PostgreSQL's for letters inside a text (pg_trgm) is an extension that a host may refuse, and none
# answers "in this table's text or in that one's". A list so searched walks its table: 0.13 s at 100,000 follow-ups.
# Folded in SQL, letter by letter: both databases can, without an extension. Spanish letters only: SQLite's parser
# refuses calls nested much deeper, and its lower() knows ASCII alone, hence the capitals.
FOLDED = dict(zip("áéíóúüñÁÉÍÓÚÜÑ", "aeiouun" * 2, strict=True))
PHONE_MARKS = " -./()"


def term(typed: str | None) -> str:
    """What was typed into a search box, fit to be looked for and shown again."""
    return one_line(typed or "")[:MAX_TERM]


def matches(sought: str, texts: list[Any], phones: list[Any]) -> ColumnElement[bool]:
    """True where a text holds ``sought``, or a telephone number holds its digits."""
    pattern = _like(_plain(sought))
    found = [_fold(column).like(pattern, escape="\\") for column in texts]
    digits = re.sub(r"\D", "", sought)
    if len(digits) >= 3 and re.fullmatch(r"[\d +\-./()]+", sought):
        found += [_digits(column).like(_like(digits)) for column in phones]
    return or_(*found)


def _plain(text: str) -> str:
    return "".join(FOLDED.get(letter, letter) for letter in text).lower()


def _like(text: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _fold(column: Any) -> ColumnElement[str]:
    for accented, plain in FOLDED.items():
        column = func.replace(column, accented, plain)
    return func.lower(column)


def _digits(column: Any) -> Any:
    for mark in PHONE_MARKS:
        column = func.replace(column, mark, "")
    return column
