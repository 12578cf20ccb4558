"""Columns of covered records that the rules read and set: of their dates, and of what they belong to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute

from coverage_app.enums import EventKind
from coverage_app.models import Covered, LeadOpportunity

T = TypeVar("T", covariant=True)


class Column(Generic[T]):
    """A column of one model, to be read and set in its records without naming it by a string."""

    def __init__(self, attribute: InstrumentedAttribute[T]):
        self.attribute = attribute

    @property
    def name(self) -> str:
        """The contract's name, by which changes and the history go."""
        return self.attribute.key

    def of(self, record: Covered) -> T:
        return self.attribute.__get__(record, type(record))

    def assign(self, record: Covered, value: object) -> None:
        self.attribute.__set__(record, value)


@dataclass(frozen=True, eq=False)
class Event:
    """One date of an entity: the columns of its due time, of its done mark and (if any) of what it is about.

    ``flag_column`` is a boolean that says the same as the done mark; ``ended_column``, when set, ends the event from
    outside (an opportunity that was won).
    """

    kind: EventKind
    due_column: Column[datetime | None]
    done_column: Column[datetime | None]
    title_column: Column[str | None] | Column[str] | None = None
    flag_column: Column[bool] | None = None
    ended_column: Column[datetime | None] | None = None

    @property
    def due(self) -> str:
        """The name under which a change and the history give the due time."""
        return self.due_column.name

    @property
    def done(self) -> str:
        """The name under which the history keeps the done mark."""
        return self.done_column.name

    def due_at(self, record: Covered) -> datetime | None:
        return self.due_column.of(record)

    def marked_at(self, record: Covered) -> datetime | None:
        """When somebody marked this event of ``record`` done, or None."""
        return self.done_column.of(record)

    def ended_at(self, record: Covered) -> datetime | None:
        """When something else ended this event of ``record``, or None."""
        return self.ended_column.of(record) if self.ended_column else None

    def done_at(self, record: Covered) -> datetime | None:
        """When this event of ``record`` stopped being open, or None."""
        return self.marked_at(record) or self.ended_at(record)

    def title_of(self, record: Covered) -> str:
        """What the event is about, in the words of whoever typed it; may be empty."""
        return (self.title_column.of(record) if self.title_column else None) or ""

    def mark(self, record: Covered, at: datetime | None) -> None:
        """Set or clear the done mark."""
        self.done_column.assign(record, at)
        if self.flag_column:
            self.flag_column.assign(record, at is not None)


@dataclass(frozen=True)
class Owner:
    """A record that another may belong to, whose contact is then its own: the model, and the column that names it."""

    model: type[LeadOpportunity]
    column: Column[UUID | None]

    @property
    def name(self) -> str:
        """The name under which a change and the history give the owner's id."""
        return self.column.name

    def id_of(self, record: Covered) -> UUID | None:
        """The id of the owner of ``record``, or None."""
        return self.column.of(record)
