"""The one thread of a process that writes outcomes and reads the truth, many reminders to a transaction.

Every line waits for its own mark before its next message, so a crash costs at most one copy per line; but
the marks of all lines, and the checks of what they send next, share one commit. A mark that cannot be written is
tried again until it holds, whatever the reason, and its claim renewed; only values that the database refuses end it.
While the database is away nothing is checked either, so nothing is sent that could not be recorded.
"""

import queue
import time
from threading import Event, Thread

import structlog
from sqlalchemy import Engine

from coverage_app.database_clock import DatabaseClock
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcome_writer import Entry, OutcomeWriter
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Truth

log = structlog.get_logger()
MOST = 64
AGAIN_AFTER = 1.0
IDLE = 5.0  # seconds after which an unused connection goes back to the pool


class Closed(Exception):
    """The ledger was closed before this entry was committed; the claim runs out by itself."""


class Ledger:
    """``settle`` may be called from any thread; the ledger's own thread is started by the first call."""

    def __init__(self, engine: Engine, clock: DatabaseClock, stopping: Event, fresh_for: float):
        """``fresh_for``: seconds after which what was read must be read again before it is sent."""
        self.stopping = stopping
        self._writer = OutcomeWriter(engine, clock, fresh_for)
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._unwritten: list[Entry] = []
        self._again_at = 0.0  # on the monotonic clock

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
            last_try = ending or self.stopping.is_set()
            try:
                unwritten = self._writer.commit(batch)
            except Exception:  # without this thread every line would wait for ever; the lease returns the rows
                log.exception("ledger.broken")
                unwritten = []
            if unwritten and not last_try:
                self._unwritten += unwritten
                self._again_at = time.monotonic() + AGAIN_AFTER
            for entry in batch:
                if entry not in self._unwritten:
                    entry.settled.release()
        self._writer.hang_up()

    def _gather(self, batch: list[Entry]) -> bool:
        """Wait for an entry and take what came meanwhile, and what is to be tried again. True when the ledger is to
        end."""
        wait, ending = self._longest_wait(), False
        try:
            while len(batch) < MOST and not ending:
                entry = self._waiting.get(timeout=0 if batch else wait)
                if entry is None:
                    ending = True
                else:
                    batch.append(entry)
        except queue.Empty:
            if not batch:
                self._writer.hang_up()
        if ending or time.monotonic() >= self._again_at:
            batch += self._unwritten
            self._unwritten = []
        return ending

    def _longest_wait(self) -> float | None:
        if self._unwritten:
            return max(0.0, self._again_at - time.monotonic())
        return IDLE if self._writer.is_connected else None
