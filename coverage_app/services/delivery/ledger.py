"""The one thread of a process that writes outcomes and reads the truth, many reminders to a transaction.

Every line waits for its own mark before its next message, so a crash costs at most one copy per line; but
the marks of all lines, and the checks of what they send next, share one commit. While the database is away
the marks are tried again and nothing is checked, so nothing is sent that could not be recorded.
"""

import contextlib
import queue
import time
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError, StatementError

from coverage_app.database_clock import DatabaseClock
from coverage_app.services.delivery import outcomes, verdict
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.verdict import Truth

log = structlog.get_logger()
MOST = 64
AGAIN_AFTER = 1.0
IDLE = 5.0  # seconds after which an unused connection goes back to the pool


class Closed(Exception):
    """The ledger was closed before this entry was committed; the claim runs out by itself."""


@dataclass
class Entry:
    """What a line wants written, and what it wants to know, in one commit. Either may be None."""

    outcome: Outcome | None
    check: Claim | None
    truth: Truth | None = None
    committed: bool = False
    settled: Lock = field(default_factory=Lock)  # taken until it is; an Event would cost ten times as much

    def __post_init__(self) -> None:
        self.settled.acquire()


class Ledger:
    """``settle`` may be called from any thread; the ledger's own thread is started by the first call."""

    def __init__(self, engine: Engine, clock: DatabaseClock, stopping: Event, fresh_for: float):
        """``fresh_for``: seconds after which what was read must be read again before it is sent."""
        self.engine, self.clock, self.stopping, self.fresh_for = engine, clock, stopping, fresh_for
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._connection: Connection | None = None

    def open(self) -> None:
        """Begin to write. Idempotent; the post office calls it before its first line."""
        if self._thread is None:
            self._thread = Thread(target=self._keep, name="ledger", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what was handed in, and end."""
        self._waiting.put(None)

    def settle(self, outcome: Outcome | None, check: Claim | None) -> Truth | None:
        """Write ``outcome`` and read the truth about ``check``, when both are committed. The truth is None when
        nothing was asked or the claim is no longer ours. Raises Closed."""
        entry = Entry(outcome, check)
        self._waiting.put(entry)
        entry.settled.acquire()
        if not entry.committed:
            raise Closed
        return entry.truth

    def _keep(self) -> None:
        ending = False
        while not ending:
            batch: list[Entry] = []
            ending = self._gather(batch)
            try:
                self._commit(batch)
            except Exception:  # without this thread every line would wait for ever; the lease returns the rows
                log.exception("ledger.broken")
            finally:
                for entry in batch:
                    entry.settled.release()
        self._hang_up()

    def _gather(self, batch: list[Entry]) -> bool:
        """Wait for one entry, and take what came meanwhile. True when the ledger is to end."""
        try:
            entry = self._waiting.get(timeout=IDLE if self._connection else None)
        except queue.Empty:
            self._hang_up()
            entry = self._waiting.get()
        while entry is not None:
            batch.append(entry)
            if len(batch) >= MOST:
                return False
            try:
                entry = self._waiting.get_nowait()
            except queue.Empty:
                return False
        return True

    def _commit(self, batch: list[Entry]) -> None:
        """One transaction for the batch, tried until it holds; when the process stops, once more only."""
        while batch:
            last_try, reused = self.stopping.is_set(), self._connection is not None
            try:
                self._connection = self._connection or self.engine.connect()
                with self._connection.begin():
                    kept = self._write(self._connection, batch)
            except Exception as error:  # a row can hold what no reader expects; whatever it is, its neighbours go on
                self._complain(batch, error)
                if not _is_away(error):
                    self._apart(batch)
                    return
                self._hang_up()
                if last_try:
                    return
                if not reused:  # else it may have been this connection only
                    self.stopping.wait(AGAIN_AFTER)
                continue
            for entry in batch:
                entry.committed = True
            outcomes.tell(kept, batch_of_outcomes(batch))
            return

    def _apart(self, batch: list[Entry]) -> None:
        """One row that cannot be written or read must not hold up the others, nor its question the mark before it."""
        [first, *others] = batch
        if others:
            for entry in batch:
                self._commit([entry])
        elif first.outcome and first.check:
            first.check = None
            self._commit(batch)

    def _hang_up(self) -> None:
        """Give the connection back; the pool looks whether it still lives."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    def _complain(self, batch: list[Entry], error: Exception) -> None:
        unwritten = [str(outcome.claim) for outcome in batch_of_outcomes(batch)]
        unread = [str(entry.check) for entry in batch if entry.check]
        log.error("ledger.unwritten", reminders=unwritten, unread=unread, error=str(error.__cause__ or error))

    def _write(self, connection: Connection, batch: list[Entry]) -> set[Any]:
        now = self.clock.now()
        kept = outcomes.write(connection, batch_of_outcomes(batch), now)
        asked = [entry.check for entry in batch if entry.check]
        truths = verdict.read(connection, asked, now, time.monotonic() + self.fresh_for) if asked else {}
        for entry in batch:
            entry.truth = truths.get(entry.check.row_id) if entry.check else None
        return kept


def _is_away(error: Exception) -> bool:
    """Is it the database that is away, busy, or no longer the one that is written to? Else it is a row's fault."""
    return isinstance(error, SQLAlchemyError) and not (
        isinstance(error, (DataError, IntegrityError, ProgrammingError)) or type(error) is StatementError
    )


def batch_of_outcomes(batch: list[Entry]) -> list[Outcome]:
    return [entry.outcome for entry in batch if entry.outcome]
