"""Whether a password is among those that are tried first: a common word or two, or the person's own name, however
decorated; a date, a telephone number, a walk over the keyboard, the same again and again.

A password is cut into pieces in the cheapest way, where a piece costs more points the more tries a guesser needs for
it. ``common_words.txt`` has the words of Spanish and English that people take for passwords.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ENOUGH = 6  # points: three words, or two that are decorated in several places
WORD, LETTER, DATE_POINTS, DECORATION = 2, 2, 2, 1  # a decoration: a year, 123, one sign or two
YEAR, TELEPHONE = 4, 12  # digits at most
SHORTEST_OWN, LONGEST_WORD, SHORTEST_WALK, SHORT = 2, 24, 3, 5  # characters
FREE_SIGNS, FEW, LONGEST = 3, 4, 256
STRIDES = (1, 2, 3, 4)  # of walks that take turns
FILLERS = frozenset((
    "me", "my", "the", "is", "of", "you", "to", "it", "in", "el", "la", "los", "las", "de", "del", "mi", "tu", "te",
    "un", "una", "que", "soy", "es", "no", "si", "con", "por",
))  # fmt: skip
KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
# Digits and signs that stand for letters, a 1 for one of two.
DISGUISES = [str.maketrans("0134578@$!+€", f"o{one}eastbas{one}te") for one in "il"]
NOT_ALNUM = re.compile(r"[^a-z0-9]+")
DAY, MONTH, CENTURY = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"(19|20)"
DATE = re.compile(rf"{DAY}{MONTH}{CENTURY}?\d\d|{MONTH}{DAY}{CENTURY}?\d\d|{CENTURY}\d\d{MONTH}{DAY}")


def is_guessable(password: str, own: Iterable[str] = ()) -> bool:
    """Return whether to refuse ``password``. Words of ``own`` texts, such as its person's name, cost nothing."""
    text = _fold(password)[:LONGEST]  # one character may unfold to eighteen
    bare = NOT_ALNUM.sub("", text)
    own_words = frozenset(_own_words(own))
    if len(set(text)) < FEW or bare in own_words or (bare.isdigit() and len(bare) <= TELEPHONE):
        return True
    readings = {text, bare} if len(text) - len(bare) <= FREE_SIGNS else {text}
    return any(_points(_without_repeats(one), own_words) < ENOUGH for one in readings)


def _fold(text: str) -> str:
    """Return ``text`` in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _own_words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        parts = NOT_ALNUM.split(_fold(text))
        yield from (part for part in (*parts, "".join(parts)) if len(part) >= SHORTEST_OWN)


@cache
def _common_words() -> frozenset[str]:
    words = {_fold(word) for word in (Path(__file__).parent / "common_words.txt").read_text("utf-8").split()}
    return frozenset(words | {word[::-1] for word in words if len(word) >= SHORT})


def _without_repeats(text: str) -> str:
    """Return what is repeated where ``text`` is the same again and again, nothing if that is short; else ``text``."""
    unit = text[: (text + text).find(text, 1)]
    return "" if len(unit) <= SHORT and unit != text else unit


def _points(text: str, own: frozenset[str]) -> int:
    """Return the points of the cheapest way to cut ``text`` into pieces."""
    forms = [text, *(text.translate(disguise) for disguise in DISGUISES)]
    longest = max([LONGEST_WORD, *map(len, own)])
    points = [0]
    for end in range(1, len(text) + 1):
        ways = [points[end - 1] + LETTER]
        for start in range(max(0, end - longest), end):
            if text[start:end].isdigit() and _is_part_of_number(text, start, end):
                continue
            piece = _points_of_piece(text[start:end], {form[start:end] for form in forms}, own)
            if piece is not None:
                ways.append(points[start] + piece)
        points.append(min(ways))
    return points[-1]


def _is_part_of_number(text: str, start: int, end: int) -> bool:
    return text[max(0, start - 1) : start].isdigit() or text[end : end + 1].isdigit()


def _points_of_piece(piece: str, readings: set[str], own: frozenset[str]) -> int | None:
    """Return the points of a word, a number, a walk or some signs; None for what is none of these."""
    if not own.isdisjoint(readings):
        return 0
    if piece.isdigit():
        return _points_of_number(piece)
    if piece in FILLERS or (len(piece) <= 2 and NOT_ALNUM.fullmatch(piece)):
        return DECORATION
    if not _common_words().isdisjoint(readings) or _is_walk(piece):
        return WORD
    return None


def _points_of_number(digits: str) -> int:
    if len(digits) <= YEAR or _is_walk(digits):
        return DECORATION
    return DATE_POINTS if DATE.fullmatch(digits) else DECORATION + len(digits) - YEAR


def _is_walk(piece: str) -> bool:
    """Return whether it goes from each character to one beside it, or several such walks do, in turns (1q2w3e)."""
    if len(piece) < SHORTEST_WALK:
        return False
    return any(
        all(second in _beside(first) for first, second in zip(piece, piece[stride:], strict=False))
        for stride in STRIDES
        if stride == 1 or len(piece) >= 2 * max(stride, SHORTEST_WALK)
    )


@cache
def _beside(character: str) -> frozenset[str]:
    found = {character}
    if character.isascii() and character.isalnum():
        found |= {chr(ord(character) + step) for step in (-1, 1)}
    for number, row in enumerate(KEYBOARD):
        column = row.find(character)
        if column >= 0:
            # Rows are shifted to the right by half a key or so: of the row above, the same column and the next one.
            places = [(0, -1), (0, 1), (-1, 0), (-1, 1), (1, 0), (1, -1)]
            found |= {_key(number + down, column + right) for down, right in places}
    return frozenset(found - {""})


def _key(number: int, column: int) -> str:
    if 0 <= number < len(KEYBOARD) and 0 <= column < len(KEYBOARD[number]):
        return KEYBOARD[number][column]
    return ""
