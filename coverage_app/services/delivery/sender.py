"""One SMTP connection and the thread that owns it: take a reminder, re-check it, render it, send it, record it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import structlog
from flask import Flask

from coverage_app import mailer
from coverage_app.database_clock import DatabaseClock
from coverage_app.services.delivery import outcomes
from coverage_app.services.delivery.circuit_breaker import CircuitBreaker
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot
from coverage_app.services.delivery.recorder import OutcomeRecorder, RecorderClosed
from coverage_app.services.delivery.work_queue import WorkItem, WorkQueue
from coverage_app.services.emails import reminder
from coverage_app.services.emails.render import RenderedEmail

log = structlog.get_logger()
IDLE = 5.0  # seconds without work after which a sender ends
TRIES = 3  # to send a reminder whose snapshot grew stale on the way, before it is released


@dataclass(frozen=True)
class Shared:
    """What the senders of a process share. ``backoff`` are the pauses between a reminder's attempts, in seconds."""

    app: Flask
    queue: WorkQueue
    breaker: CircuitBreaker
    recorder: OutcomeRecorder
    clock: DatabaseClock
    stopping: Event
    backoff: tuple[float, ...]


class Sender(Thread):
    """Delivers until no work comes for a while and ``leave`` lets it go. ``in_hand`` is what it has not handed over."""

    def __init__(self, shared: Shared, leave: "Callable[[Sender], bool]", name: str):
        super().__init__(name=name, daemon=True)
        self.shared, self.leave = shared, leave
        self.breaker, self.recorder, self.clock = shared.breaker, shared.recorder, shared.clock
        with shared.app.app_context():
            self.connection = mailer.new_connection()
        self.in_hand: Claim | None = None

    def run(self) -> None:
        """Deliver one item after the other; the outcome of one is recorded together with the re-check of the next."""
        with self.shared.app.app_context():
            item, snapshot = self._next(), None
            while item is not None:
                self.in_hand = item.claim
                outcome = self._deliver(item.claim, snapshot)
                # Before it is recorded, which may take its time: released then, it would be sent again.
                self.in_hand = None
                following = self.shared.queue.take_nowait()
                # Only over an open connection is the next one re-checked already: a log-in may take its time.
                ahead = following.claim if following and self.connection.is_open else None
                snapshot = self._record(item, outcome, ahead)
                item = following or self._next()
            self.connection.close()

    def _next(self) -> WorkItem | None:
        """Return the next item, or None when this sender is off the dispatcher's list."""
        while True:
            item = self.shared.queue.take(IDLE)
            if item is not None or self.leave(self):
                return item

    def _record(self, item: WorkItem, outcome: Outcome | None, ahead: Claim | None) -> Snapshot | None:
        """Have the outcome written and the claim ``ahead`` re-checked, in one commit with those of other senders."""
        snapshot = None
        try:
            snapshot = self.recorder.record_and_recheck(outcome, ahead)
        except RecorderClosed:
            outcome = None  # it could not be written: the lease returns the row
        item.counts.unreachable = item.counts.unreachable or self.breaker.last_error is not None
        item.counts.count(outcome.name if outcome else None)
        return snapshot

    def _deliver(self, claim: Claim, snapshot: Snapshot | None) -> Outcome | None:
        """Open the connection if need be, re-check unless ``snapshot`` is known, and send.

        Return None where there is nothing to record: the claim is lost, or is left to its lease.
        """
        try:
            for _ in range(TRIES):
                if self.shared.stopping.is_set() or not self.breaker.is_closed:
                    break
                if snapshot is None:
                    if not self.connection.is_open:
                        self.connection.open()
                    snapshot = self.recorder.record_and_recheck(None, claim)
                if snapshot is None:
                    log.warning("reminder.claim_lost", reminder=str(claim))
                    return None
                try:
                    return self._send(claim, snapshot)
                except _SnapshotStale:
                    snapshot = None
        except mailer.ServerUnavailable as fault:
            if not self.connection.aborted:
                self.breaker.record_failure(str(fault))
        except RecorderClosed:
            return None
        except Exception:
            # A fault of our own must not end the sender: the trace is here, the limit of claims ends the row visibly.
            log.exception("reminder.error", reminder=str(claim))
            self.connection.close_abruptly()
            return None
        return outcomes.released(claim)

    def _send(self, claim: Claim, snapshot: Snapshot) -> Outcome:
        """Render and send. Raises _SnapshotStale, and ServerUnavailable when no mail could go this way."""
        if snapshot.context is None:
            assert snapshot.skip is not None  # a snapshot has one or the other
            return outcomes.skipped(claim, snapshot.skip)
        now = self.clock.now()
        try:
            email = reminder.render_email(snapshot.context, now)
        except Exception as error:  # whatever a template can raise: one row's text must not stop the others
            log.exception("reminder.render_failed", reminder=str(claim))
            return outcomes.failed(claim, f"cannot_be_made: {type(error).__name__}")
        is_reused = not self.connection.is_new
        try:
            self.connection.transmit(_outgoing(claim, snapshot.context, email, now), snapshot.fresh_until)
        except mailer.SnapshotExpired:
            raise _SnapshotStale from None
        except mailer.ServerUnavailable as fault:
            if is_reused:
                raise _SnapshotStale from None
            if self.connection.aborted or not isinstance(fault, mailer.ConnectionLost):
                raise
            return self._connection_lost(claim, snapshot, str(fault))
        except mailer.InvalidMessage as fault:
            return outcomes.failed(claim, f"cannot_be_made: {fault}")
        except mailer.ReplyLost as fault:  # it proves nothing of the server
            return self._retry_later(claim, snapshot, str(fault))
        except mailer.Rejected as fault:
            self.breaker.record_success(claim.row_id)
            if fault.permanent:
                return outcomes.failed(claim, str(fault), counts_as_attempt=True)
            return self._retry_later(claim, snapshot, str(fault))
        self.breaker.record_success(claim.row_id)
        return outcomes.sent(claim, email, self.clock.now())

    def _connection_lost(self, claim: Claim, snapshot: Snapshot, words: str) -> Outcome:
        """A new connection broke under this reminder: an attempt if that is its own fault, else it is set aside."""
        pause = self.breaker.connection_lost(claim.row_id, words)
        if pause is None:
            return self._retry_later(claim, snapshot, words)
        return outcomes.released(claim, self.clock.now() + pause)

    def _retry_later(self, claim: Claim, snapshot: Snapshot, words: str) -> Outcome:
        return outcomes.retry_later(
            claim,
            words,
            attempts=snapshot.attempts,
            due=snapshot.due,
            now=self.clock.now(),
            backoff=self.shared.backoff,
        )


class _SnapshotStale(Exception):
    """Nothing was sent, and what was read is no longer fresh: the connection had died, or was too slow. Read anew."""


def _outgoing(
    claim: Claim, context: reminder.ReminderContext, email: RenderedEmail, now: datetime
) -> mailer.OutgoingEmail:
    return mailer.OutgoingEmail(
        reminder_id=claim.row_id,
        to_name=context.recipient_name,
        to_address=context.recipient_email,
        reply_to=(context.responsible_name, context.responsible_email),
        subject=email.subject,
        text=email.text,
        html=email.html,
        date=now,
    )
