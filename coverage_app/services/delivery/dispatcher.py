"""Claim what is due and hand it to as many senders, each with an SMTP connection, as there is work for."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, mailer
from coverage_app.database_clock import DatabaseClock
from coverage_app.extensions import db
from coverage_app.services.delivery import claims
from coverage_app.services.delivery.circuit_breaker import CircuitBreaker
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.recorder import OutcomeRecorder
from coverage_app.services.delivery.sender import Sender, Shared
from coverage_app.services.delivery.work_queue import DeliveryCounts, WorkItem, WorkQueue
from coverage_app.settings import Settings

log = structlog.get_logger()
PER_CONNECTION = 2  # reminders claimed at once for each: enough to keep it busy, few enough to keep the lease
ABORT_TIMEOUT = 1.5  # seconds
SHORT_WINDOW = 60  # seconds: a rate per second or minute is kept up to by waiting


class Dispatcher:
    """The senders of one process, started when there is work and gone when there is none."""

    def __init__(self, app: Flask, settings: Settings):
        self.app, self.settings = app, settings
        self.lease = timedelta(seconds=settings.timing.lease)
        self.clock: DatabaseClock = app.extensions["database_clock"]
        self.breaker = CircuitBreaker(settings.timing.circuit_backoff)
        self.stopping = Event()
        with app.app_context():
            self.recorder = OutcomeRecorder(db.engine, self.clock, self.stopping, settings.timing.lease / 4)
        self.queue = WorkQueue(low_mark=settings.worker_concurrency)
        self._shared = Shared(
            app, self.queue, self.breaker, self.recorder, self.clock, self.stopping, settings.timing.row_backoff
        )
        self._senders: set[Sender] = set()
        self._lock = Lock()

    def dispatch(self, at: datetime) -> DeliveryCounts:
        """Claim all that is due at ``at``, or now if that is later, and put it on the queue.

        Return when everything is claimed and queued, not when it is sent: ``wait`` on the counts for that. Blocks
        while the queue is full, so that a job which finds this worker busy goes to another.
        """
        counts, asked_for_help = DeliveryCounts(), False
        rate = self.settings.smtp.rate if self.settings.smtp else None
        while mailer.configured() and self.queue.wait_for_room() and self._may_deliver():
            now = max(self.clock.now(), at)
            limit = self.settings.worker_concurrency * PER_CONNECTION
            claimed = claims.claim(limit, now, self.lease, rate)
            if len(claimed) == limit and not asked_for_help:
                asked_for_help = alarms.current().enqueue_now(now)  # more than a batch: another worker may help
            self._enqueue(claimed, counts)
            if len(claimed) < limit and not (rate and self._wait_for_allowance(rate, now)):
                break
        return counts

    def expire(self, now: datetime) -> int:
        """Take back claims whose worker died; return how many."""
        return claims.expire(now, self.lease)

    def leave(self, sender: Sender) -> bool:
        """Strike off a sender to whom nothing came for a while. Return False when there is work for it after all."""
        with self._lock:
            if len(self.queue) and not self.stopping.is_set():
                return False
            self._senders.discard(sender)
            return True

    def stop(self, patience: float) -> None:
        """Send nothing more, within ``patience`` seconds: abort what is not yet under way, release what is queued,
        wait for what is under way."""
        self.stopping.set()
        with self._lock:
            senders = set(self._senders)
        under_way = {sender for sender in senders if not sender.connection.abort()}
        self.queue.close()
        self._release_queued()
        _join(senders, min(ABORT_TIMEOUT, patience))
        stuck = self._release_stuck(senders - under_way)
        _join(senders - stuck, patience - ABORT_TIMEOUT)
        self._release_queued()
        self.recorder.close()

    def _may_deliver(self) -> bool:
        """Return whether the mail server is to be tried, and this machine's clock near enough to the database's."""
        return self.breaker.is_closed and self.clock.may_deliver()

    def _wait_for_allowance(self, rate: claims.Rate, now: datetime) -> bool:
        """Pause until more may leave. Return False when nothing waits, or the allowance is so long off that the sweep
        may see to it."""
        most, seconds = rate
        if seconds > SHORT_WINDOW or not claims.is_any_due(now):
            return False
        return not self.stopping.wait(min(1.0, seconds / most))

    def _enqueue(self, claimed: list[Claim], counts: DeliveryCounts) -> None:
        counts.expect(len(claimed))
        self.queue.put([WorkItem(claim, counts) for claim in claimed])
        # After the put: a sender that is just leaving looks once more, one that has left is replaced here.
        try:
            self._start_senders()
        except RuntimeError:  # no thread is to be had: what waits is for other workers, or for the next sweep
            self._release_queued()
            raise
        if self.stopping.is_set():  # closed meanwhile, and what was in it is released already
            self._release_queued()

    def _start_senders(self) -> None:
        """Start senders while more items wait than senders are idle, up to WORKER_CONCURRENCY."""
        with self._lock:
            wanted = min(self.queue.unattended(), self.settings.worker_concurrency - len(self._senders))
            for _ in range(wanted if not self.stopping.is_set() else 0):
                self.recorder.open()
                sender = Sender(self._shared, self.leave, name=f"sender-{len(self._senders)}")
                sender.start()
                self._senders.add(sender)  # now that it lives; it cannot leave before we have left the lock

    def _release_stuck(self, senders: Iterable[Sender]) -> set[Sender]:
        """Release what aborted senders still hold, and return those: they hang and can send it no more."""
        stuck = {sender: claim for sender in senders if (claim := sender.in_hand)}
        self._release(list(stuck.values()))
        return set(stuck)

    def _release_queued(self) -> None:
        """Make due again at once, for other workers, what no sender will take any more."""
        items = self.queue.clear()
        for item in items:
            item.counts.count(None)
        self._release([item.claim for item in items])

    def _release(self, claimed: list[Claim]) -> None:
        if not claimed:
            return
        try:
            with self.app.app_context():
                claims.release(claimed)
        except SQLAlchemyError as error:  # at a stop there is more to see to; the lease returns them
            log.warning("claims.not_released", reminders=list(map(str, claimed)), error=str(error.__cause__ or error))


def _join(threads: Iterable[Thread], patience: float) -> None:
    """Wait for these threads, all together no longer than ``patience`` seconds."""
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
