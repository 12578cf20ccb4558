"""The database's clock: one for all processes, read without a query each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event

from coverage_app.clock import utcnow

if TYPE_CHECKING:
    from flask import Flask

QUESTION = "SELECT clock_timestamp()"
SAMPLES = 2  # the first statement of a connection takes longer than the next
DRIFT = 1e-4  # seconds a second by which two clocks part at most; a computer's are ten times better
WARN_BEYOND = 2.0  # seconds
STOP_BEYOND = 30.0  # seconds


@dataclass(frozen=True)
class _Sample:
    """At ``at`` (monotonic, in seconds) the database's time was ``time``, or up to ``error`` seconds later."""

    time: datetime
    at: float
    error: float

    def read(self, at: float) -> datetime:
        return self.time + timedelta(seconds=at - self.at)

    def agrees_with(self, newer: _Sample) -> bool:
        """False when the database's clock was set in between: each of the two was true in its time."""
        apart = (newer.time - self.read(newer.at)).total_seconds()
        return abs(apart) <= self.error_at(newer.at) + newer.error

    def error_at(self, at: float) -> float:
        return self.error + DRIFT * (at - self.at)


class DatabaseClock:
    """Tells the time of the database that ``engine`` speaks to, from any thread.

    Leases and due times are compared between machines, so they need one clock, and the database is what all of them
    share. It is not began for each mail: it is began at every new connection and at every heartbeat, and between these
    the monotonic clock of this process counts on, which nobody sets. The true time lies between what is measured and as
    much later as the best answer took to come: within milliseconds, against leases of minutes; and never earlier, so
    nothing leaves before its second. An answer that came slowly replaces a better one only when the two contradict
    each other, that is when somebody has set the database's clock.

    On SQLite all processes share one machine, and this is its clock.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self._is_local = engine.dialect.name == "sqlite"
        self._sample: _Sample | None = None
        if not self._is_local:
            event.listen(engine, "connect", self._measure_new)

    def now(self) -> datetime:
        """The database's time, in UTC. Raises SQLAlchemyError while the database has never been reached."""
        if self._sample is None and not self._is_local:
            with self.engine.connect() as connection:
                self.measure(connection)
        return self.now_or_local()

    def now_or_local(self) -> datetime:
        """The database's time, or this machine's while the database has never been reached."""
        sample = self._sample
        return utcnow() if sample is None else sample.read(time.monotonic())

    @property
    def offset(self) -> float | None:
        """Seconds by which this machine's clock is ahead of the database's, negative when behind; None if unknown."""
        return None if self._sample is None else (utcnow() - self.now_or_local()).total_seconds()

    def may_deliver(self) -> bool:
        """Whether this machine's clock is near enough to the database's. Raises SQLAlchemyError as ``now`` does."""
        self.now()
        return not is_beyond(self.offset, STOP_BEYOND)

    def measure(self, connection: Connection) -> None:
        """Ask the database, in the caller's transaction. Raises SQLAlchemyError."""
        if not self._is_local:
            self._take(connection.exec_driver_sql)

    def _measure_new(self, connection: Any, _record: Any) -> None:
        self._take(connection.execute)
        connection.rollback()

    def _take(self, execute: Callable[[str], Any]) -> None:
        for _ in range(SAMPLES):
            began = time.monotonic()
            answered = execute(QUESTION).fetchone()[0]
            came = time.monotonic()
            sample, best = _Sample(answered.astimezone(UTC), came, came - began), self._sample
            if best is None or not best.agrees_with(sample) or sample.error <= best.error_at(came):
                self._sample = sample


def is_beyond(offset: float | None, seconds: float) -> bool:
    """Whether a clock is known to be more than so many seconds off, ahead or behind."""
    return offset is not None and abs(offset) > seconds


def now() -> datetime:
    """The database's time for the current application, as ``now_or_local`` has it."""
    return current().now_or_local()


def init_app(app: Flask, engine: Engine) -> None:
    """Give the application its clock; the database is not began yet."""
    app.extensions["database_clock"] = DatabaseClock(engine)


def current() -> DatabaseClock:
    """The current application's clock."""
    # Imported late: the scheduler process has a clock and does without Flask.
    from flask import current_app

    clock: DatabaseClock = current_app.extensions["database_clock"]
    return clock
