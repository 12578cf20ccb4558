"""Keyset pagination: a page begins after a row, not at an offset, so no row is missed or repeated."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from coverage_app.extensions import db
from coverage_app.models.base import UtcDateTime

SIZE = 25
MAX_CURSOR = 2000
Key = tuple[Any, UUID]


@dataclass(frozen=True)
class Order:
    """A total order of the rows of one model: by ``column``, then by id, both in one direction.

    Rows without a value come last, whatever the direction and the database.
    """

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    newest_first: bool = False

    @property
    def may_be_empty(self) -> bool:
        return bool(getattr(self.column.property.columns[0], "nullable", False))

    def key(self, row: Any) -> Key:
        return getattr(row, self.column.key), row.id


@dataclass(frozen=True)
class Page:
    """``before`` and ``after`` are the cursors of the neighbouring pages, None where there is none."""

    rows: Sequence[Any]
    before: str | None
    after: str | None


def page(query: Select[Any], order: Order, cursor: str | None, size: int = SIZE) -> Page:
    """Return the rows next to ``cursor`` (None: the first ones). An invalid cursor counts as none."""
    backwards, key = _read(order, cursor)
    descending = order.newest_first != backwards
    columns = (order.column, order.id)
    query = query.order_by(*(column.desc() if descending else column.asc() for column in columns))
    rows: list[Any] = []
    for part in _parts(order, key, backwards=backwards):
        if len(rows) <= size:
            rows += db.session.scalars(query.where(*part).limit(size + 1 - len(rows)))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_before, has_after = (more, key is not None) if backwards else (key is not None, more)
    return Page(
        rows,
        before=_cursor(order, rows[0], backwards=True) if rows and has_before else None,
        after=_cursor(order, rows[-1], backwards=False) if rows and has_after else None,
    )


def _parts(order: Order, key: Key | None, *, backwards: bool) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of the queries to run in turn: rows with a value and rows without are two index scans."""
    beyond = _beyond(order, *key, descending=order.newest_first != backwards) if key else None
    here = [] if beyond is None else [beyond]
    if not order.may_be_empty:
        return [here]
    filled, empty = order.column.is_not(None), order.column.is_(None)
    if key and key[0] is None:
        return [[empty, *here], [filled]] if backwards else [[empty, *here]]
    return [[filled, *here]] if backwards else [[filled, *here], [empty]]


def _beyond(order: Order, value: Any, row_id: UUID, *, descending: bool) -> ColumnElement[bool]:
    if value is None:
        return order.id < row_id if descending else order.id > row_id
    position = tuple_(order.column, order.id)
    return position < (value, row_id) if descending else position > (value, row_id)


def _cursor(order: Order, row: Any, *, backwards: bool) -> str:
    value, row_id = order.key(row)
    text = value.isoformat() if isinstance(value, datetime) else value
    packed = json.dumps([int(backwards), text, str(row_id)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read(order: Order, cursor: str | None) -> tuple[bool, Key | None]:
    if not cursor or len(cursor) > MAX_CURSOR:
        return False, None
    try:
        backwards, value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return bool(backwards), (_value(order, value), UUID(row_id))
    except (ValueError, TypeError, AttributeError, OverflowError):
        return False, None


def _value(order: Order, text: Any) -> Any:
    if text is None and order.may_be_empty:
        return None
    if not isinstance(order.column.type, UtcDateTime):
        if not isinstance(text, str) or "\x00" in text:
            raise ValueError(text)
        text.encode()  # refuses half of a surrogate pair, which no database keeps
        return text
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
