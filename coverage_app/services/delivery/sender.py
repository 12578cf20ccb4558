"""One reminder over one line: still true? → write → send. The truth comes from the recorder, the outcome goes to it."""

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
TRIES = 3  # to send a reminder whose truth grew stale on the way, before it is given back


@dataclass(frozen=True)
class Sender:
    """Delivers over one ``line``, on the thread that owns it. ``pauses`` are those between a reminder's retries."""

    connection: mailer.Line
    breaker: CircuitBreaker
    recorder: OutcomeRecorder
    clock: DatabaseClock
    stopping: Event
    backoff: tuple[float, ...]

    def deliver(self, claim: Claim, truth: Snapshot | None) -> Outcome | None:
        """Open the line if need be, read the truth if it is not known, and send. Needs an application context.

        None where there is nothing to write: the claim is lost, or is left to its lease.
        """
        try:
            for _ in range(TRIES):
                if self.stopping.is_set() or not self.breaker.is_closed:
                    break
                if truth is None:
                    if not self.connection.is_open:
                        self.connection.open()
                    truth = self.recorder.record_and_recheck(None, claim)
                if truth is None:
                    log.warning("reminder.claim_lost", reminder=str(claim))
                    return None
                try:
                    return self._send(claim, truth)
                except _SnapshotStale:
                    truth = None
        except mailer.RoadFault as fault:
            if not self.connection.broken_off:
                self.breaker.record_failure(str(fault))
        except RecorderClosed:
            return None
        except Exception:
            # A fault of our own must not take the line with it: the trace is here, the limit of claims ends it visibly.
            log.exception("reminder.error", reminder=str(claim))
            self.connection.drop()
            return None
        return outcomes.released(claim)

    def _send(self, claim: Claim, truth: Snapshot) -> Outcome:
        """What became of it. Raises _Stale, and RoadFault when no mail could go this way."""
        if truth.context is None:
            assert truth.skip is not None  # a truth has one or the other
            return outcomes.skipped(claim, truth.skip)
        now = self.clock.now()
        try:
            letter = reminder.compose(truth.context, now)
        except Exception as error:  # whatever a template can raise: one row's text must not stop the others
            log.exception("reminder.render_failed", reminder=str(claim))
            return outcomes.failed(claim, f"cannot_be_made: {type(error).__name__}")
        reused = not self.connection.fresh
        try:
            self.connection.post(_email(claim, truth.context, letter, now), truth.fresh_until)
        except mailer.RoadFault as fault:
            if reused:
                raise _SnapshotStale from None
            if self.connection.broken_off or not isinstance(fault, mailer.Broken):
                raise
            return self._connection_lost(claim, truth, str(fault))
        except mailer.Expired:
            raise _SnapshotStale from None
        except mailer.Unsendable as fault:
            return outcomes.failed(claim, f"cannot_be_made: {fault}")
        except mailer.Refused as fault:
            self.breaker.record_success(claim.row_id)
            return outcomes.failed(claim, str(fault), charge=1) if fault.permanent else self._retry(claim, truth, fault)
        except mailer.AnswerLost as fault:  # it proves nothing of the breaker
            return self._retry(claim, truth, fault)
        self.breaker.record_success(claim.row_id)
        return outcomes.sent(claim, letter, self.clock.now())

    def _connection_lost(self, claim: Claim, truth: Snapshot, words: str) -> Outcome:
        """A fresh line broke under this reminder: charged if that is its own fault, else set aside."""
        aside = self.breaker.connection_lost(claim.row_id, words)
        if aside is None:
            return self._retry(claim, truth, words)
        return outcomes.released(claim, self.clock.now() + aside)

    def _retry(self, claim: Claim, truth: Snapshot, words: object) -> Outcome:
        return outcomes.retry_later(
            claim, str(words), attempts=truth.attempts, due=truth.due, now=self.clock.now(), pauses=self.backoff
        )


class _SnapshotStale(Exception):
    """Nothing was sent, and what was read is no longer fresh: the connection had died, or was too slow. Read anew."""


def _email(claim: Claim, facts: reminder.Facts, letter: reminder.Letter, now: datetime) -> mailer.Envelope:
    return mailer.Envelope(
        reminder_id=claim.row_id,
        to_name=facts.recipient_name,
        to_address=facts.recipient_email,
        reply_to=(facts.responsible_name, facts.responsible_email),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        date=now,
    )
