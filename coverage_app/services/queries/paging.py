"""Pages of a long list that stay put: a page begins after a row, not at a number, so nothing slips or repeats."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from coverage_app.extensions import db
from coverage_app.models.base import UtcDateTime

SIZE = 25
MAX_CURSOR = 2000


@dataclass(frozen=True)
class Order:
    """A total order of the rows of one model: by ``column``, then by id, both in one direction."""

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    newest_first: bool = False

    def key(self, row: Any) -> tuple[Any, UUID]:
        return getattr(row, self.column.key), row.id


@dataclass(frozen=True)
class Page:
    """``before`` and ``after`` are the marks of the neighbouring pages, None where there is none."""

    rows: Sequence[Any]
    before: str | None
    after: str | None


def page(question: Select[Any], order: Order, mark: str | None, size: int = SIZE) -> Page:
    """The rows next to ``mark`` (None: the first ones). A mark that nobody gave out counts as none."""
    backwards, key = _read(order, mark)
    descending = order.newest_first != backwards
    if key is not None:
        question = question.where(_beyond(order, *key, descending=descending))
    columns = (order.column, order.id)
    question = question.order_by(*(column.desc() if descending else column.asc() for column in columns))
    found = list(db.session.scalars(question.limit(size + 1)))
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    has_before, has_after = (more, key is not None) if backwards else (key is not None, more)
    return Page(
        rows,
        before=_mark(order, rows[0], backwards=True) if rows and has_before else None,
        after=_mark(order, rows[-1], backwards=False) if rows and has_after else None,
    )


def _beyond(order: Order, value: Any, row_id: UUID, *, descending: bool) -> ColumnElement[bool]:
    position = tuple_(order.column, order.id)
    return position < (value, row_id) if descending else position > (value, row_id)


def _mark(order: Order, row: Any, *, backwards: bool) -> str:
    value, row_id = order.key(row)
    text = value.isoformat() if isinstance(value, datetime) else value
    packed = json.dumps([int(backwards), text, str(row_id)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read(order: Order, mark: str | None) -> tuple[bool, tuple[Any, UUID] | None]:
    if not mark or len(mark) > MAX_CURSOR:
        return False, None
    try:
        backwards, value, row_id = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        return bool(backwards), (_value(order, value), UUID(row_id))
    except (ValueError, TypeError, AttributeError):
        return False, None


def _value(order: Order, text: Any) -> Any:
    if not isinstance(order.column.type, UtcDateTime):
        if not isinstance(text, str) or "\x00" in text:
            raise ValueError(text)
        return text
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
