"""A list as a file for a spreadsheet: UTF-8 with its mark, semicolons, nothing that a cell could run."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from flask import Response, stream_with_context
from flask_babel import LazyString

from coverage_app import clock, security_events
from coverage_app.services.sanitize import FORMULA
from coverage_app.web.present.filters import zone

# Without the mark, spreadsheets of Windows take UTF-8 for their own alphabet.
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class ExportColumn:
    """One column: its heading, and what it says of a record (a moment, a text, a number, None)."""

    label: LazyString | str
    value: Callable[[Any], object]


def spreadsheet(name: str, columns: tuple[ExportColumn, ...], records: Iterable[Any]) -> Response:
    """``records`` as a download, sent as it is read, which is logged."""
    security_events.record("export")
    heading = [str(column.label) for column in columns]
    where = zone()  # now: by the time of the last line the reader may no longer be known
    lines = ([_cell(column.value(record), where) for column in columns] for record in records)
    answer = Response(stream_with_context(_written([heading], lines)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _written(heading: list[list[str]], lines: Iterable[list[str]]) -> Iterator[str]:
    page = StringIO(BYTE_ORDER_MARK)
    page.seek(0, 2)
    writer = csv.writer(page, delimiter=";", lineterminator="\r\n")
    writer.writerows(heading)
    for line in lines:
        writer.writerow(line)
        yield _taken(page)
    yield _taken(page)


def _taken(page: StringIO) -> str:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text


def _cell(value: object, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{clock.to_local(value, where):%Y-%m-%d %H:%M}"
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text
