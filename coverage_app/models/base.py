"""What every table shares: aware whole-second times, ids of our own making, timestamps, versions."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from coverage_app.clock import utcnow


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC by whole seconds, aware again when read, on SQLite too.

    Raises ValueError for a naive one: it would mean another moment on another machine.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be stored: {value!r}")
        return value.astimezone(UTC).replace(microsecond=0)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Record:
    """An id that exists before the row does, and when the row came and last changed."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, onupdate=utcnow)


class Leased(Record):
    """A record that one worker at a time has in hand, see ``services.leasing``.

    ``claim_token`` is whose it is, ``claimed_at`` when that worker last renewed it, ``claims`` how many had it without
    an outcome.
    """

    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim_token: Mapped[UUID | None]
    claims: Mapped[int] = mapped_column(default=0)


class Versioned:
    """``version`` counts the changes of a record, so that a stale form or ETag is noticed."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.version}
