"""The connections of one process: claims what is due and hands it to as many SMTP connections as it may keep busy."""

import time
from datetime import datetime, timedelta
from threading import Event, Lock, Thread, current_thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, mailer
from coverage_app.database_clock import DatabaseClock
from coverage_app.extensions import db
from coverage_app.services.delivery import claims
from coverage_app.services.delivery.circuit_breaker import CircuitBreaker
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot
from coverage_app.services.delivery.recorder import OutcomeRecorder, RecorderClosed
from coverage_app.services.delivery.sender import Sender
from coverage_app.services.delivery.work_queue import DeliveryCounts, WorkItem, WorkQueue
from coverage_app.settings import Settings

log = structlog.get_logger()
PER_CONNECTION = (
    2  # reminders claimed at once for each connection: enough to keep it busy, few enough to keep the lease
)
ABORT_TIMEOUT = 1.5  # seconds
SHORT_WINDOW = 60  # seconds: a rate per second or minute is kept up to by waiting
IDLE = 5.0  # seconds after which an unused connection hangs up


class Dispatcher:
    """Threads, one SMTP connection each, started when there is work and gone when there is none."""

    def __init__(self, app: Flask, settings: Settings):
        self.app, self.settings = app, settings
        self.lease = timedelta(seconds=settings.timing.lease)
        self.clock: DatabaseClock = app.extensions["database_clock"]
        self.breaker = CircuitBreaker(settings.timing.circuit_backoff)
        self.stopping = Event()
        with app.app_context():
            self.recorder = OutcomeRecorder(db.engine, self.clock, self.stopping, settings.timing.lease / 4)
        self._queue = WorkQueue(low_mark=settings.worker_concurrency)
        self._connections: dict[Thread, mailer.SmtpConnection] = {}
        self._in_hand: dict[Thread, WorkItem] = {}
        self._lock = Lock()

    def dispatch(self, at: datetime) -> DeliveryCounts:
        """Claim and hand over all that is due at ``at``, or now if that is later.

        Returns when everything is claimed and handed to a connection, not when it is sent: ``wait`` on the counts
        for that. While more waits than connections this blocks, so that a job which finds this worker full goes to another.
        """
        counts, rung = DeliveryCounts(), False
        rate = self.settings.smtp.rate if self.settings.smtp else None
        while mailer.configured() and self._queue.wait_for_room() and self._may_deliver():
            now = max(self.clock.now(), at)
            batch = self.settings.worker_concurrency * PER_CONNECTION
            mine = claims.claim(batch, now, self.lease, rate)
            if len(mine) == batch and not rung:
                rung = alarms.current().enqueue_now(now)  # more than a batch: another worker may help
            self._enqueue(mine, counts)
            if len(mine) < batch and not (rate and self._wait_for_allowance(rate, now)):
                break
        return counts

    def _may_deliver(self) -> bool:
        """Whether the mail server is to be tried, and this machine's clock is near enough to the database's."""
        return self.breaker.is_closed and self.clock.may_deliver()

    def _wait_for_allowance(self, rate: claims.Rate, now: datetime) -> bool:
        """Pause until more may leave. False when nothing waits, or the allowance is so long off that the sweep
        may see to it."""
        most, seconds = rate
        if seconds > SHORT_WINDOW or not claims.is_any_due(now):
            return False
        return not self.stopping.wait(min(1.0, seconds / most))

    def expire(self, now: datetime) -> int:
        """Take back claims whose worker died."""
        return claims.expire(now, self.lease)

    def stop(self, patience: float) -> None:
        """Send nothing more: break off what is not yet under way, give back what waits, wait for what is."""
        self.stopping.set()
        with self._lock:
            connections = dict(self._connections)
        under_way = {thread for thread, connection in connections.items() if not connection.abort()}
        self._queue.close()
        self._release_queued()
        _join(set(connections), min(ABORT_TIMEOUT, patience))
        stuck = self._release_held(set(connections) - under_way)
        _join(set(connections) - stuck, patience - ABORT_TIMEOUT)
        self._release_queued()
        self.recorder.close()

    def _release_held(self, threads: set[Thread]) -> set[Thread]:
        """Those of these connections that hang on their way to the message; what they hold they can send no more."""
        held = {thread: work.claim for thread, work in self._in_hand.copy().items() if thread in threads}
        self._release(list(held.values()))
        return set(held)

    def _enqueue(self, mine: list[Claim], counts: DeliveryCounts) -> None:
        counts.expect(len(mine))
        self._queue.put([WorkItem(claim, counts) for claim in mine])
        # After the put: a connection that is just leaving looks once more, one that has left is replaced here.
        try:
            self._start_senders()
        except RuntimeError:  # no thread is to be had: what waits is for other workers, or for the next sweep
            self._release_queued()
            raise
        if self.stopping.is_set():  # closed meanwhile, and what was in it is given back already
            self._release_queued()

    def _start_senders(self) -> None:
        """Start connections while more waits than are idle, and there may be more."""
        with self._lock:
            wanted = min(self._queue.unattended(), self.settings.worker_concurrency - len(self._connections))
            for _ in range(wanted if not self.stopping.is_set() else 0):
                self.recorder.open()
                with self.app.app_context():
                    connection = mailer.new_connection()
                thread = Thread(
                    target=self._work, args=[connection], name=f"connection-{len(self._connections)}", daemon=True
                )
                thread.start()
                self._connections[thread] = (
                    connection  # now that it lives; it cannot leave the list before we have left the lock
                )

    def _work(self, connection: mailer.SmtpConnection) -> None:
        """One connection's life: take a reminder, deliver it, until nothing comes for a while."""
        me = current_thread()
        sender = Sender(
            connection, self.breaker, self.recorder, self.clock, self.stopping, self.settings.timing.row_backoff
        )
        with self.app.app_context():
            while (work := self._next(me)) is not None:
                snapshot = None
                while work is not None:
                    self._in_hand[me] = work
                    outcome = sender.deliver(work.claim, snapshot)
                    # Before it is written, which may take its time: given back then, it would be sent again.
                    del self._in_hand[me]
                    following = self._queue.take_nowait()
                    # Only over an open connection is the next one's snapshot read already: a log-in may take its time.
                    snapshot = self._settle(work, outcome, following if connection.is_open else None)
                    work = following
            connection.close()

    def _settle(self, work: WorkItem, outcome: Outcome | None, check: WorkItem | None) -> Snapshot | None:
        """Have the outcome of ``work`` written and the snapshot about ``check`` read, in one commit with others'."""
        snapshot = None
        try:
            snapshot = self.recorder.record_and_recheck(outcome, check.claim if check else None)
        except RecorderClosed:
            outcome = None  # it could not be written: the lease returns the row
        work.counts.unreachable = work.counts.unreachable or self.breaker.last_error is not None
        work.counts.count(outcome.name if outcome else None)
        return snapshot

    def _next(self, me: Thread) -> WorkItem | None:
        """The next reminder, or None when this connection has nothing more to do and is off the list."""
        while True:
            work = self._queue.take(IDLE)
            if work is not None:
                return work
            with self._lock:
                if self.stopping.is_set() or not len(self._queue):
                    del self._connections[me]
                    return None

    def _release_queued(self) -> None:
        """What nobody will take any more is due again at once, for other workers."""
        works = self._queue.clear()
        for work in works:
            work.counts.count(None)
        self._release([work.claim for work in works])

    def _release(self, mine: list[Claim]) -> None:
        if not mine:
            return
        try:
            with self.app.app_context():
                claims.release(mine)
        except SQLAlchemyError as error:  # whoever leaves has more to see to; the lease returns them
            log.warning("claims.not_released", reminders=list(map(str, mine)), error=str(error.__cause__ or error))


def _join(threads: set[Thread], patience: float) -> None:
    """Wait for these threads, all together no longer than ``patience`` seconds."""
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
