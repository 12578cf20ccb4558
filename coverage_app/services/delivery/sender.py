"""One reminder over one connection: still true? → write → send. The snapshot comes from the recorder, the outcome goes to it."""

from dataclasses import dataclass
from datetime import datetime
from threading import Event

import structlog

from coverage_app import mailer
from coverage_app.database_clock import DatabaseClock
from coverage_app.services.delivery import outcomes
from coverage_app.services.delivery.circuit_breaker import CircuitBreaker
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot
from coverage_app.services.delivery.recorder import OutcomeRecorder, RecorderClosed
from coverage_app.services.emails import reminder

log = structlog.get_logger()
TRIES = 3  # to send a reminder whose snapshot grew stale on the way, before it is given back


@dataclass(frozen=True)
class Sender:
    """Delivers over one ``connection``, on the thread that owns it. ``pauses`` are those between a reminder's retries."""

    connection: mailer.SmtpConnection
    breaker: CircuitBreaker
    recorder: OutcomeRecorder
    clock: DatabaseClock
    stopping: Event
    backoff: tuple[float, ...]

    def deliver(self, claim: Claim, snapshot: Snapshot | None) -> Outcome | None:
        """Open the connection if need be, read the snapshot if it is not known, and send. Needs an application context.

        None where there is nothing to write: the claim is lost, or is left to its lease.
        """
        try:
            for _ in range(TRIES):
                if self.stopping.is_set() or not self.breaker.is_closed:
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
            # A fault of our own must not take the connection with it: the trace is here, the limit of claims ends it visibly.
            log.exception("reminder.error", reminder=str(claim))
            self.connection.close_abruptly()
            return None
        return outcomes.released(claim)

    def _send(self, claim: Claim, snapshot: Snapshot) -> Outcome:
        """What became of it. Raises _Stale, and ServerUnavailable when no mail could go this way."""
        if snapshot.context is None:
            assert snapshot.skip is not None  # a snapshot has one or the other
            return outcomes.skipped(claim, snapshot.skip)
        now = self.clock.now()
        try:
            email = reminder.render_email(snapshot.context, now)
        except Exception as error:  # whatever a template can raise: one row's text must not stop the others
            log.exception("reminder.render_failed", reminder=str(claim))
            return outcomes.failed(claim, f"cannot_be_made: {type(error).__name__}")
        reused = not self.connection.is_new
        try:
            self.connection.transmit(_email(claim, snapshot.context, email, now), snapshot.fresh_until)
        except mailer.ServerUnavailable as fault:
            if reused:
                raise _SnapshotStale from None
            if self.connection.aborted or not isinstance(fault, mailer.ConnectionLost):
                raise
            return self._connection_lost(claim, snapshot, str(fault))
        except mailer.SnapshotExpired:
            raise _SnapshotStale from None
        except mailer.InvalidMessage as fault:
            return outcomes.failed(claim, f"cannot_be_made: {fault}")
        except mailer.Rejected as fault:
            self.breaker.record_success(claim.row_id)
            return (
                outcomes.failed(claim, str(fault), charge=1) if fault.permanent else self._retry(claim, snapshot, fault)
            )
        except mailer.ReplyLost as fault:  # it proves nothing of the breaker
            return self._retry(claim, snapshot, fault)
        self.breaker.record_success(claim.row_id)
        return outcomes.sent(claim, email, self.clock.now())

    def _connection_lost(self, claim: Claim, snapshot: Snapshot, words: str) -> Outcome:
        """A fresh connection broke under this reminder: charged if that is its own fault, else set aside."""
        aside = self.breaker.connection_lost(claim.row_id, words)
        if aside is None:
            return self._retry(claim, snapshot, words)
        return outcomes.released(claim, self.clock.now() + aside)

    def _retry(self, claim: Claim, snapshot: Snapshot, words: object) -> Outcome:
        return outcomes.retry_later(
            claim, str(words), attempts=snapshot.attempts, due=snapshot.due, now=self.clock.now(), pauses=self.backoff
        )


class _SnapshotStale(Exception):
    """Nothing was sent, and what was read is no longer fresh: the connection had died, or was too slow. Read anew."""


def _email(
    claim: Claim, context: reminder.ReminderContext, email: reminder.RenderedEmail, now: datetime
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
