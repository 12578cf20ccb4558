"""Text search that ignores case, accents and the spacing of telephone numbers."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_

from coverage_app.services.sanitize import one_line

TextColumn: TypeAlias = SQLColumnExpression[str] | SQLColumnExpression[str | None]
MAX_TERM = 100
# No index helps: PostgreSQL's for letters inside a text (pg_trgm) is an extension that a host may refuse, and none
# answers "in this table's text or in that one's". A list so searched walks its table: 0.13 s at 100,000 follow-ups.
# Folded in SQL, letter by letter: both databases can, without an extension. Spanish letters only: SQLite's parser
# refuses calls nested much deeper, and its lower() knows ASCII alone, hence the capitals.
FOLDED = dict(zip("áéíóúüñÁÉÍÓÚÜÑ", "aeiouun" * 2, strict=True))
PHONE_MARKS = " -./()"


def term(text: str | None) -> str:
    """Return the text of a search box on one line, at most MAX_TERM characters long."""
    return one_line(text or "")[:MAX_TERM]


def matches(sought: str, texts: Sequence[TextColumn], phones: Sequence[TextColumn]) -> ColumnElement[bool]:
    """Build the condition that a text holds ``sought``, or a telephone number holds its digits."""
    pattern = _like(_plain(sought))
    conditions = [_fold(column).like(pattern, escape="\\") for column in texts]
    digits = re.sub(r"\D", "", sought)
    if len(digits) >= 3 and re.fullmatch(r"[\d +\-./()]+", sought):
        conditions += [_digits(column).like(_like(digits)) for column in phones]
    return or_(*conditions)


def _plain(text: str) -> str:
    return "".join(FOLDED.get(letter, letter) for letter in text).lower()


def _like(text: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _fold(column: TextColumn) -> ColumnElement[str]:
    folded = column
    for accented, plain in FOLDED.items():
        folded = func.replace(folded, accented, plain)
    return func.lower(folded)


def _digits(column: TextColumn) -> TextColumn:
    digits = column
    for mark in PHONE_MARKS:
        digits = func.replace(digits, mark, "")
    return digits
