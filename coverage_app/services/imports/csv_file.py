"""A CSV file as a heading and lines, whatever the alphabet and the separator that a spreadsheet chose.

It is read piece by piece, and every piece is bounded: the heading, a line, the number of rows.
"""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO, TextIO

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from coverage_app.errors import FieldError

FIELD = "file"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of today and of the nineties
ALPHABETS = ("utf-8-sig", "cp1252")
SEPARATORS = (";", ",")
PIECE = 64 * 1024  # bytes
MAX_START = 10_000  # characters up to the end of the heading; with four bytes each, less than a piece
MAX_COLUMNS = 100
MAX_LINE = 64 * 1024  # characters, with the line breaks inside of its cells
MAX_ROWS = 2**20  # empty ones too: as many as a spreadsheet has
Open = Callable[[], IO[bytes]]
Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class CsvFile:
    """``heading`` is the first line that is not empty; lines are numbered as a spreadsheet numbers its rows."""

    open: Open
    alphabet: str
    separator: str
    heading: list[str]

    def lines(self) -> Rows:
        """(number, cells) of every line under the heading that is not empty. Raises FieldError at a broken one."""
        with _text(self.open, self.alphabet) as text:
            rows = _rows(text, self.separator, MAX_LINE)
            next(rows, None)
            yield from rows


def read(open_file: Open, *, whole: bool = True) -> CsvFile:
    """The file that ``open_file`` opens, or if not ``whole`` the first PIECE of it, of which only the heading counts.

    Raises FieldError for anything that is not a CSV file with a heading.
    """
    alphabet = _alphabet(open_file, whole=whole)
    with _text(open_file, alphabet) as text:
        first = text.read(MAX_START).lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    with _text(open_file, alphabet) as text:
        for _number, cells in _rows(text, separator, MAX_START, each=False):
            return CsvFile(open_file, alphabet, separator, _heading(cells))
    raise FieldError(FIELD, _l("The file is empty."))


def _heading(cells: list[str]) -> list[str]:
    # Spreadsheets like to leave empty cells behind the last one.
    last = max(number for number, cell in enumerate(cells) if cell.strip())
    if last >= MAX_COLUMNS:
        raise FieldError(FIELD, _l("The heading has more than %(most)d columns.", most=MAX_COLUMNS))
    return [cell.strip() for cell in cells[: last + 1]]


def _alphabet(open_file: Open, *, whole: bool) -> str:
    """The first of ALPHABETS in which every byte is a letter. Raises FieldError when there is none."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ALPHABETS}
    with open_file() as file:
        pieces = iter(lambda: file.read(PIECE), b"")
        for number, piece in enumerate(pieces):
            if number == 0 and piece.startswith(WORKBOOKS):
                sentence = _l("This is a workbook. Save it from the spreadsheet as CSV, and send that file.")
                raise FieldError(FIELD, sentence)
            decoders = {name: decoder for name, decoder in decoders.items() if _reads(decoder, piece)}
            if not decoders:
                break
    if whole:
        decoders = {name: decoder for name, decoder in decoders.items() if _reads(decoder, b"", final=True)}
    if not decoders:
        raise FieldError(FIELD, _l("This is not a text file. Save it from the spreadsheet as CSV, in UTF-8."))
    return next(iter(decoders))


def _reads(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return b"\x00" not in piece


def _text(open_file: Open, alphabet: str) -> TextIO:
    # Every letter is known to be one, but the last of a first piece may be cut.
    return TextIOWrapper(open_file(), alphabet, errors="replace", newline="")


class _TooLong(Exception):
    """A line has more characters than are read of one."""


class _Lines:
    """The lines of ``text`` as they are written, until ``left`` characters were read."""

    def __init__(self, text: TextIO, left: int):
        self.text, self.left = text, left

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        """Raises _TooLong instead of reading on."""
        line = self.text.readline(self.left + 1)
        if not line:
            raise StopIteration
        self.left -= len(line)
        if self.left < 0:
            raise _TooLong
        return line


def _rows(text: TextIO, separator: str, most: int, *, each: bool = True) -> Rows:
    """(number, cells) of what is not empty; ``most`` characters in ``each`` row, or in all that are read."""
    lines = _Lines(text, most)
    # Strict: a quotation mark in the wrong place would otherwise swallow the lines after it.
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for number in range(1, MAX_ROWS + 1):
        try:
            cells = next(reader, None)
        except (csv.Error, _TooLong):
            raise FieldError(FIELD, _unreadable(number, most)) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells
        if each:
            lines.left = most
    raise FieldError(FIELD, _l("The file has more than %(most)d rows, empty ones counted too.", most=MAX_ROWS))


def _unreadable(number: int, most: int) -> LazyString:
    return _l(
        "Line %(line)d cannot be read: it has a quotation mark in the wrong place, or more than %(most)d characters.",
        line=number,
        most=most,
    )
