"""The one thread of a process that records outcomes and re-checks claims, many reminders to a transaction.

Every sender waits for its own mark before its next message, so a crash costs at most one copy per connection; but the
marks of all senders, and the re-checks of what they send next, share one commit. A mark that cannot be written is
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
from coverage_app.services.delivery.outcome_writer import OutcomeWriter, RecordRequest
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot

log = structlog.get_logger()
MAX_BATCH = 64
RETRY_AFTER = 1.0
IDLE = 5.0  # seconds after which an unused connection goes back to the pool


class RecorderClosed(Exception):
    """The recorder was closed before this request was committed; the claim runs out by itself."""


class OutcomeRecorder:
    """``record_and_recheck`` may be called from any thread, once ``open`` has started the recorder's own."""

    def __init__(self, engine: Engine, clock: DatabaseClock, stopping: Event, snapshot_lifetime: float):
        """``snapshot_lifetime``: seconds after which what was read must be read again before it is sent."""
        self.stopping = stopping
        self._writer = OutcomeWriter(engine, clock, snapshot_lifetime)
        self._requests: queue.SimpleQueue[RecordRequest | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._unwritten: list[RecordRequest] = []
        self._retry_at = 0.0  # on the monotonic clock

    def open(self) -> None:
        """Begin to write. Idempotent; the dispatcher calls it before its first sender."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="recorder", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what was handed in, and end."""
        self._requests.put(None)

    def record_and_recheck(self, outcome: Outcome | None, claim: Claim | None) -> Snapshot | None:
        """Write ``outcome`` and renew and re-check ``claim``; return its snapshot when both are committed.

        The snapshot is None when there is no claim to re-check, or it is no longer ours. Raises RecorderClosed.
        """
        request = RecordRequest(outcome, claim)
        self._requests.put(request)
        request.done.acquire()
        if not request.committed:
            raise RecorderClosed
        return request.snapshot

    def _run(self) -> None:
        ending = False
        while not ending:
            batch: list[RecordRequest] = []
            ending = self._collect(batch)
            last_try = ending or self.stopping.is_set()
            try:
                unwritten = self._writer.commit(batch)
            except Exception:  # without this thread every sender would wait for ever; the lease returns the rows
                log.exception("recorder.crashed")
                unwritten = []
            if unwritten and not last_try:
                self._unwritten += unwritten
                self._retry_at = time.monotonic() + RETRY_AFTER
            for request in batch:
                if request not in self._unwritten:
                    request.done.release()
        self._writer.release_connection()

    def _collect(self, batch: list[RecordRequest]) -> bool:
        """Wait for a request and take what came meanwhile, and what is to be tried again. Return True at the end."""
        wait, ending = self._longest_wait(), False
        try:
            while len(batch) < MAX_BATCH and not ending:
                request = self._requests.get(timeout=0 if batch else wait)
                if request is None:
                    ending = True
                else:
                    batch.append(request)
        except queue.Empty:
            if not batch:
                self._writer.release_connection()
        if ending or time.monotonic() >= self._retry_at:
            batch += self._unwritten
            self._unwritten = []
        return ending

    def _longest_wait(self) -> float | None:
        if self._unwritten:
            return max(0.0, self._retry_at - time.monotonic())
        return IDLE if self._writer.is_connected else None
