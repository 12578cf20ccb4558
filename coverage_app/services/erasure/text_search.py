"""Find a person's name, telephone number or e-mail address in stored texts, however they are written there."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, or_

MIN_LETTERS = 3
MIN_DIGITS = 6
NATIONAL = 9  # digits of a Spanish number without its country's
ACCENTS = re.compile("[\u0300-\u036f]")
BETWEEN_WORDS = r"[\W_]+"
BETWEEN_DIGITS = r"[ \-./()]*"
# What LIKE finds in any spelling: neither accents nor the escapes of JSON change these.
PLAIN = frozenset("bdfhjkmpqrtvwx0123456789@")


@dataclass(frozen=True)
class Term:
    """Something to search for: as it was ``written``, and as ``pattern`` in folded text.

    ``like`` is a pattern for LIKE that lets through every text that may match, and some more.
    """

    written: str
    pattern: re.Pattern[str]
    like: str


def fold(text: str) -> str:
    """Return ``text`` without regard to case and accents."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def name_term(written: str) -> Term | None:
    """Return a term for a name as whole words; None for one too short to mean somebody."""
    words = re.findall(r"[^\W_]+", fold(written))
    if sum(map(len, words)) < MIN_LETTERS:
        return None
    first, *others = words
    pattern = BETWEEN_WORDS.join([_not_after(r"[^\W_]", first), *others]) + r"(?![^\W_])"
    return Term(written, re.compile(pattern), _like(" ".join(words)))


def email_term(written: str) -> Term:
    """Return a term for an address that is not a part of a longer one."""
    folded = fold(written)
    pattern = _not_after(r"[\w.+-]", re.escape(folded)) + r"(?![\w-])"
    return Term(written, re.compile(pattern), _like(folded))


def phone_term(written: str) -> Term | None:
    """Return a term for a number, with or without its country's, however spaced; None for one that is too short."""
    digits = re.sub(r"\D", "", written)
    if len(digits) < MIN_DIGITS:
        return None
    national = digits[-NATIONAL:]
    start = r"(?<!\d)" if len(digits) < NATIONAL else ""
    return Term(written, re.compile(rf"{start}{BETWEEN_DIGITS.join(national)}(?!\d)"), _like("%".join(national)))


def id_term(written: str) -> Term:
    """Return a term for an id as JSON and addresses have it."""
    return Term(written, re.compile(re.escape(written)), _like(written))


def matching(terms: Iterable[Term], *values: object) -> set[Term]:
    """Return the terms that are in one of these texts, or in a text inside of JSON."""
    folded = [fold(text) for value in values for text in texts_of(value)]
    return {term for term in terms if any(term.pattern.search(text) for text in folded)}


def may_match(terms: Iterable[Term], *columns: Any) -> ColumnElement[bool]:
    """Return the SQL condition for every row that ``matching`` has to look at; JSON columns are searched as text."""
    return or_(false(), *(cast(column, Text).ilike(term.like) for column in columns for term in terms))


def texts_of(value: object) -> Iterator[str]:
    """Yield every text in a value as JSON has it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts_of([*value.items()])
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from texts_of(inside)


def _not_after(letters: str, literal: str) -> str:
    """Return a pattern for ``literal`` where it follows none of ``letters``."""
    # The literal comes first: a search for that is twenty times faster than one for a place in the text.
    return rf"{literal}(?<!{letters}{literal})"


def _like(folded: str) -> str:
    return "%" + re.sub("%+", "%", "".join(char if char in PLAIN else "%" for char in folded)) + "%"
