"""A list of records as its page and its export ask for it: searched, narrowed, in one of a few named orders."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.services.queries import paging
from coverage_app.services.queries.paging import SIZE, Order, Page
from coverage_app.services.queries.search import matches

EXPORTED_AT_ONCE = 500


class State(StrEnum):
    """Whether something is still to be done."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True)
class Criteria:
    """What a list is narrowed to; what is None or empty narrows nothing. ``word`` is one of a fixed vocabulary."""

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
    """How one kind of record is listed. ``question`` selects it with everything that a line shows.

    ``orders`` by name, the usual one first; the columns are None where there is nothing to narrow by;
    ``states`` are the conditions of open and done, ``contacts`` the columns that hold the contact.
    """

    question: Select[Any]
    orders: dict[str, Order]
    texts: list[Any]
    phones: list[Any] = field(default_factory=list)
    usual: State = State.ALL
    states: dict[State, ColumnElement[bool]] = field(default_factory=dict)
    word: Any = None
    words: tuple[str, ...] = ()
    owner: Any = None
    cover: Any = None
    when: Any = None
    contacts: tuple[Any, ...] = ()


def page(listing: Listing, asked: Criteria, mark: str | None, size: int = SIZE) -> Page:
    """The rows next to ``mark``; an order that does not exist counts as the usual one."""
    order = listing.orders.get(asked.order) or next(iter(listing.orders.values()))
    return paging.page(narrowed(listing, asked), order, mark, size)


def one(listing: Listing, model: Any, record_id: UUID) -> Any:
    """The record with everything that its line in the list shows. Raises NotFound."""
    row = db.session.scalar(listing.question.where(model.id == record_id))
    if row is None:
        raise NotFound
    return row


def every(listing: Listing, asked: Criteria) -> Iterator[Any]:
    """All the rows that the pages show, in their order, a batch at a time: no transaction is left open meanwhile."""
    mark: str | None = None
    while True:
        batch = page(listing, asked, mark, EXPORTED_AT_ONCE)
        yield from batch.rows
        db.session.rollback()
        if batch.after is None:
            return
        mark = batch.after


def narrowed(listing: Listing, asked: Criteria) -> Select[Any]:
    """The question, without an order."""
    question = listing.question.where(*_conditions(listing, asked))
    if asked.sought:
        question = question.where(matches(asked.sought, listing.texts, listing.phones))
    if asked.contact and listing.contacts:
        question = question.where(_either(listing.contacts, asked.contact))
    return question


def _conditions(listing: Listing, asked: Criteria) -> list[ColumnElement[bool]]:
    found = [listing.states[asked.state]] if asked.state in listing.states else []
    equal = ((listing.word, asked.word), (listing.owner, asked.owner), (listing.cover, asked.cover))
    found += [column == value for column, value in equal if column is not None and value]
    if asked.uncovered and listing.cover is not None:
        found.append(listing.cover.is_(None))
    if asked.since and listing.when is not None:
        found.append(listing.when >= asked.since)
    if asked.until and listing.when is not None:
        found.append(listing.when < asked.until)
    return found


def _either(columns: tuple[Any, ...], value: UUID) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns[0] == value
    for column in columns[1:]:
        condition = condition | (column == value)
    return condition
