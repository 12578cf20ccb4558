"""A CSV file as a heading and lines, whatever the alphabet and the separator that a spreadsheet chose."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from flask_babel import lazy_gettext as _l

from coverage_app.errors import FieldError

FIELD = "file"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of today and of the nineties
ALPHABETS = ("utf-8-sig", "cp1252")
SEPARATORS = (";", ",")


@dataclass(frozen=True)
class Table:
    """``heading`` is the first line that is not empty; lines are numbered as a spreadsheet numbers its rows."""

    text: str
    separator: str
    heading: list[str]

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """(number, cells) of every line under the heading that is not empty. Raises FieldError at a broken one."""
        rows = _rows(self.text, self.separator)
        next(rows)
        return rows


def read(file: bytes) -> Table:
    """Raises FieldError for anything that is not a CSV file with a heading."""
    text = _decoded(file)
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    for _number, cells in _rows(text, separator):
        # Spreadsheets like to leave empty cells behind the last one.
        last = max(number for number, cell in enumerate(cells) if cell.strip())
        return Table(text, separator, [cell.strip() for cell in cells[: last + 1]])
    raise FieldError(FIELD, _l("The file is empty."))


def _decoded(file: bytes) -> str:
    if file.startswith(WORKBOOKS):
        raise FieldError(FIELD, _l("This is a workbook. Save it from the spreadsheet as CSV, and send that file."))
    if b"\x00" not in file:
        for alphabet in ALPHABETS:
            try:
                return file.decode(alphabet)
            except UnicodeDecodeError:
                continue
    raise FieldError(FIELD, _l("This is not a text file. Save it from the spreadsheet as CSV, in UTF-8."))


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # Strict: a quotation mark in the wrong place would otherwise swallow the lines after it.
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise FieldError(
                FIELD,
                _l(
                    "Line %(line)d cannot be read: it has a quotation mark in the wrong place, or a cell with"
                    " more than %(most)d characters.",
                    line=number,
                    most=csv.field_size_limit(),
                ),
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells
