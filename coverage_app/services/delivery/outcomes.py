"""What became of a claimed reminder. Each mark is one transaction, and touches the row only while it is ours."""

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select

from coverage_app.enums import SkipReason
from coverage_app.extensions import db
from coverage_app.models import NotificationSchedule as Row
from coverage_app.services.delivery.claims import Claim, mine
from coverage_app.services.wording import Letter

log = structlog.get_logger()
SPREAD = 0.2  # retries of many rows must not all come back in the same second


def sent(claim: Claim, letter: Letter, at: datetime) -> bool:
    """The server accepted it at ``at``. False when the row was no longer ours: nothing is changed then."""
    content = {"subject": letter.subject, "message_body": letter.text}
    return _mark(claim, "sent", status="sent", sent=True, sent_at=at, last_error=None, **content)


def skipped(claim: Claim, reason: SkipReason) -> bool:
    """Deliberately not sent."""
    return _mark(claim, "skipped", why=reason, status="skipped", last_error=reason.value)


def failed(claim: Claim, words: str) -> bool:
    """Refused for good, or impossible to make."""
    return _mark(claim, "failed", why=words, status="failed", last_error=words)


def refused_for_now(claim: Claim, words: str, due: datetime, now: datetime) -> bool:
    """Charge one attempt and try again later, the last time at the event's time; refused there too, it failed.

    Returns True if it will be tried again.
    """
    attempts = 1 + (db.session.scalar(select(Row.attempts).where(Row.id == claim.row_id)) or 0)
    if now >= due:
        _mark(claim, "failed", why=words, status="failed", attempts=attempts, last_error=words)
        return False
    pauses = current_app.extensions["settings"].tempo.row_backoff
    pause = pauses[min(attempts, len(pauses)) - 1] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311
    again = min(due, now + timedelta(seconds=pause))
    _mark(claim, "retried", why=words, status="pending", attempts=attempts, last_error=words, next_attempt_at=again)
    return True


def _mark(claim: Claim, outcome: str, *, why: str | None = None, **values: Any) -> bool:
    done = db.session.execute(mine(claim).values(claim_token=None, claimed_at=None, claims=0, **values))
    db.session.commit()
    ours: bool = done.rowcount == 1  # type: ignore[attr-defined]
    if ours:
        log.info(f"reminder.{outcome}", reminder=str(claim), **({"why": why} if why else {}))
    else:
        log.warning("reminder.claim_lost", reminder=str(claim), outcome=outcome)
    return ours
