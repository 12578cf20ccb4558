"""One reminder over one line: still true? → write → send → mark. No transaction is open while SMTP is waited for."""

import time
from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from coverage_app import mailer
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services import wording
from coverage_app.services.delivery import claims, outcomes, verdict
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.road import Road

log = structlog.get_logger()
MARK_AGAIN_AFTER = 1.0


def deliver(claim: Claim, line: mailer.Line, road: Road, stopping: Event) -> str | None:
    """Deliver one claimed reminder; return its outcome: sent, retried, skipped, failed, or None if given back."""
    now = utcnow()
    truth = verdict.read(claim, now)
    if truth is None:
        log.warning("reminder.claim_lost", reminder=str(claim))
        return None
    if truth.facts is None:
        assert truth.skip is not None  # read() gives one or the other
        outcomes.skipped(claim, truth.skip)
        return "skipped"
    try:
        letter = wording.compose(truth.facts, now)
    except Exception as error:  # whatever a template can raise: one row's text must not stop the others
        log.exception("reminder.unwritable", reminder=str(claim))
        outcomes.failed(claim, f"cannot_be_made: {type(error).__name__}")
        return "failed"
    try:
        _post(line, _envelope(claim, truth.facts, letter))
    except mailer.RoadFault as fault:
        claims.release([claim])
        if not stopping.is_set():
            road.fault(str(fault))
        return None
    except (mailer.Refused, mailer.AnswerLost) as fault:
        road.passed()
        if isinstance(fault, mailer.Refused) and fault.permanent:
            outcomes.failed(claim, str(fault))
            return "failed"
        return "retried" if outcomes.refused_for_now(claim, str(fault), truth.due, utcnow()) else "failed"
    except mailer.Unsendable as fault:
        outcomes.failed(claim, f"cannot_be_made: {fault}")
        return "failed"
    road.passed()
    _record(claim, letter, stopping)
    return "sent"


def _post(line: mailer.Line, envelope: mailer.Envelope) -> None:
    """Send; on a connection that went stale since its last mail, once more over a new one."""
    reused = line.is_open
    try:
        line.post(envelope)
    except mailer.RoadFault:
        if not reused:
            raise
        line.post(envelope)


def _record(claim: Claim, letter: wording.Letter, stopping: Event) -> None:
    """Mark as sent, however long the database is away: what cannot be recorded must not be followed by more."""
    at = utcnow()
    while True:
        try:
            outcomes.sent(claim, letter, at)
            return
        except DBAPIError as error:
            db.session.rollback()
            log.error("reminder.unrecorded", reminder=str(claim), error=str(error.orig))
            if stopping.is_set():
                return
            time.sleep(MARK_AGAIN_AFTER)


def _envelope(claim: Claim, facts: wording.Facts, letter: wording.Letter) -> mailer.Envelope:
    return mailer.Envelope(
        reminder_id=claim.row_id,
        to_name=facts.recipient_name,
        to_address=facts.recipient_email,
        reply_to=(facts.responsible_name, facts.responsible_email),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        date=utcnow(),
    )
