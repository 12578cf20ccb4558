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


class Stale(Exception):
    """Nothing was sent, and what was read is no longer fresh: the connection had died, or was too slow. Read anew."""


def deliver(claim: Claim, truth: Truth, line: mailer.Line, road: Road, pauses: tuple[float, ...]) -> Outcome:
    """Deliver one reminder over an open line; returns what became of it. Needs an application context.

    ``pauses`` are those between retries. Raises Stale, and RoadFault when no mail could go this way.
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
    reused = not line.fresh
    try:
        line.post(_envelope(claim, truth.facts, letter, now), truth.until)
    except mailer.RoadFault as fault:
        if reused:
            raise Stale from None
        if line.broken_off or not isinstance(fault, mailer.Broken):
            raise
        return _broken(claim, truth, str(fault), road, pauses)
    except mailer.Expired:
        raise Stale from None
    except mailer.Unsendable as fault:
        return outcomes.failed(claim, f"cannot_be_made: {fault}")
    except (mailer.Refused, mailer.AnswerLost) as fault:
        if isinstance(fault, mailer.Refused):
            road.passed(claim.row_id)  # a lost answer proves nothing of the road
            if fault.permanent:
                return outcomes.failed(claim, str(fault), charge=1)
        return outcomes.refused_for_now(
            claim, str(fault), attempts=truth.attempts, due=truth.due, now=utcnow(), pauses=pauses
        )
    road.passed(claim.row_id)
    return outcomes.sent(claim, letter, utcnow())


def _broken(claim: Claim, truth: Truth, words: str, road: Road, pauses: tuple[float, ...]) -> Outcome:
    """A fresh line broke under this reminder: charged if that is its own fault, else set aside."""
    now = utcnow()
    aside = road.broke_under(claim.row_id, words)
    if aside is None:
        return outcomes.refused_for_now(claim, words, attempts=truth.attempts, due=truth.due, now=now, pauses=pauses)
    return outcomes.given_back(claim, again=now + aside)


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
