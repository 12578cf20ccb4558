"""Lists of records for a page or an export: searched, filtered, in one of a few named orders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, or_

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.services.queries import paging
from coverage_app.services.queries.paging import SIZE, Order, Page
from coverage_app.services.queries.search import TextColumn, matches

Column: TypeAlias = SQLColumnExpression[Any]
EXPORTED_AT_ONCE = 500


class State(StrEnum):
    """Whether something is still to be done."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True)
class Criteria:
    """What a list is filtered by; None or empty filters nothing. ``word`` is one of a fixed vocabulary."""

    sought: str = ""
    order: str = ""
    state: State = State.ALL
    word: str | None = None
    owner: UUID | None = None
    cover: UUID | None = None
    uncovered: bool = False
    since: datetime | None = None
    until: datetime | None = None
    contact: UUID | None = None


@dataclass(frozen=True, eq=False)
class Listing:
    """How one kind of record is listed. ``query`` selects it with everything that a line shows.

    ``orders`` by name, the usual one first; the columns are None where there is nothing to filter by;
    ``states`` are the conditions of open and done, ``contacts`` the columns that hold the contact.
    """

    query: Select[Any]
    orders: dict[str, Order]
    texts: Sequence[TextColumn]
    phones: Sequence[TextColumn] = field(default_factory=list)
    usual: State = State.ALL
    states: dict[State, ColumnElement[bool]] = field(default_factory=dict)
    word: Column | None = None
    words: tuple[str, ...] = ()
    owner: Column | None = None
    cover: Column | None = None
    when: Column | None = None
    contacts: tuple[Column, ...] = ()


def page(listing: Listing, criteria: Criteria, cursor: str | None, size: int = SIZE) -> Page:
    """Return the rows next to ``cursor``; an order that does not exist counts as the usual one."""
    order = listing.orders.get(criteria.order) or next(iter(listing.orders.values()))
    return paging.page(narrowed(listing, criteria), order, cursor, size)


def one(listing: Listing, model: Any, record_id: UUID) -> Any:
    """Return a record with everything that its line in the list shows. Raises NotFound."""
    row = db.session.scalar(listing.query.where(model.id == record_id))
    if row is None:
        raise NotFound
    return row


def every(listing: Listing, criteria: Criteria) -> Iterator[Any]:
    """Yield all rows that the pages show, in their order. Read in batches; no transaction is open between two."""
    cursor: str | None = None
    while True:
        batch = page(listing, criteria, cursor, EXPORTED_AT_ONCE)
        yield from batch.rows
        db.session.rollback()
        if batch.after is None:
            return
        cursor = batch.after


def narrowed(listing: Listing, criteria: Criteria) -> Select[Any]:
    """Return the listing's query with the conditions of ``criteria``, without an order."""
    query = listing.query.where(*_conditions(listing, criteria))
    if criteria.sought:
        query = query.where(matches(criteria.sought, listing.texts, listing.phones))
    if criteria.contact and listing.contacts:
        query = query.where(or_(*(column == criteria.contact for column in listing.contacts)))
    return query


def _conditions(listing: Listing, criteria: Criteria) -> list[ColumnElement[bool]]:
    conditions = [listing.states[criteria.state]] if criteria.state in listing.states else []
    equal = ((listing.word, criteria.word), (listing.owner, criteria.owner), (listing.cover, criteria.cover))
    conditions += [column == value for column, value in equal if column is not None and value]
    if criteria.uncovered and listing.cover is not None:
        conditions.append(listing.cover.is_(None))
    if criteria.since and listing.when is not None:
        conditions.append(listing.when >= criteria.since)
    if criteria.until and listing.when is not None:
        conditions.append(listing.when < criteria.until)
    return conditions
