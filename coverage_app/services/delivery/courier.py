"""One reminder over one line: write → send. The truth came from the ledger, and the outcome goes back to it."""

from datetime import datetime

import structlog

from coverage_app import mailer
from coverage_app.clock import utcnow
from coverage_app.services import wording
from coverage_app.services.delivery import outcomes
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.road import Road
from coverage_app.services.delivery.verdict import Truth

log = structlog.get_logger()


def deliver(claim: Claim, truth: Truth, line: mailer.Line, road: Road, pauses: tuple[float, ...]) -> Outcome:
    """Deliver one reminder that was true a moment ago; returns what became of it. Needs an application context.

    A fault of the road gives it back uncharged and closes the road; ``pauses`` are those between retries.
    """
    if truth.facts is None:
        assert truth.skip is not None  # a truth has one or the other
        return outcomes.skipped(claim, truth.skip)
    now = utcnow()
    try:
        letter = wording.compose(truth.facts, now)
    except Exception as error:  # whatever a template can raise: one row's text must not stop the others
        log.exception("reminder.unwritable", reminder=str(claim))
        return outcomes.failed(claim, f"cannot_be_made: {type(error).__name__}")
    try:
        _post(line, _envelope(claim, truth.facts, letter, now))
    except mailer.RoadFault as fault:
        if not line.broken_off:
            road.fault(str(fault))
        return outcomes.given_back(claim)
    except mailer.Unsendable as fault:
        return outcomes.failed(claim, f"cannot_be_made: {fault}")
    except (mailer.Refused, mailer.AnswerLost) as fault:
        road.passed()
        if isinstance(fault, mailer.Refused) and fault.permanent:
            return outcomes.failed(claim, str(fault), charge=1)
        return outcomes.refused_for_now(
            claim, str(fault), attempts=truth.attempts, due=truth.due, now=utcnow(), pauses=pauses
        )
    road.passed()
    return outcomes.sent(claim, letter, utcnow())


def _post(line: mailer.Line, envelope: mailer.Envelope) -> None:
    """Send; on a connection that went stale since its last mail, once more over a new one."""
    reused = line.is_open
    try:
        line.post(envelope)
    except mailer.RoadFault:
        if not reused:
            raise
        line.post(envelope)


def _envelope(claim: Claim, facts: wording.Facts, letter: wording.Letter, now: datetime) -> mailer.Envelope:
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
