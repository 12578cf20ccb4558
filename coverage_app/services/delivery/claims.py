"""Claiming reminders: leased, fenced by a token, first due first served, by any number of workers.

Every statement here is one short transaction of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Integer, Uuid, bindparam, func, select, text, update

from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from coverage_app.models.base import UtcDateTime
from coverage_app.services.leasing import EXPIRED, LEASE, MAX_CLAIMS, RELEASED, has_expired

log = structlog.get_logger()
NO_OUTCOME = "no_outcome"
RATE_LOCK = 7_203_411  # any number, the same in every worker
Rate = tuple[int, int]  # what a mail provider allows: (messages, seconds)

# Statuses are literals: with a parameter SQLite would not use the partial index.
_PICK = (
    "SELECT id FROM notification_schedules WHERE status = 'pending' AND next_attempt_at <= :now"
    " ORDER BY next_attempt_at LIMIT :limit"
)
_SET = "SET status = 'sending', claim_token = :token, claimed_at = :now, claims = claims + 1, updated_at = :now"
_CLAIM = {
    # MATERIALIZED, or the planner may run the LIMIT again for every row and claim more than :limit.
    "postgresql": f"WITH picked AS MATERIALIZED ({_PICK} FOR UPDATE SKIP LOCKED)"
    f" UPDATE notification_schedules AS n {_SET} FROM picked WHERE n.id = picked.id RETURNING n.id, n.next_attempt_at",
    "sqlite": f"UPDATE notification_schedules {_SET} WHERE id IN ({_PICK}) RETURNING id, next_attempt_at",
}


@dataclass(frozen=True)
class Claim:
    """One reminder that is ours for as long as the row carries our token and the lease is renewed."""

    row_id: UUID
    token: UUID

    def __str__(self) -> str:
        return str(self.row_id)


def claim(limit: int, now: datetime, lease: timedelta = LEASE, rate: Rate | None = None) -> list[Claim]:
    """Claim up to ``limit`` reminders due at ``now``, earliest first, and no more than ``rate`` still allows."""
    if rate is not None:
        limit = _within_rate(limit, rate, now, lease)
    token = uuid4()
    statement = (
        text(_CLAIM[db.engine.dialect.name])
        .bindparams(
            bindparam("now", type_=UtcDateTime), bindparam("token", type_=Uuid), bindparam("limit", type_=Integer)
        )
        .columns(id=Uuid, next_attempt_at=UtcDateTime)
    )
    rows = db.session.execute(statement, {"now": now, "token": token, "limit": limit}).all()
    db.session.commit()
    for row in rows:
        log.info("reminder.claimed", reminder=str(row.id))
    return [Claim(row.id, token) for row in sorted(rows, key=lambda row: row.next_attempt_at)]


def is_any_due(now: datetime) -> bool:
    """Does anything wait that could leave now?"""
    due = select(Row.id).where(text("status = 'pending'"), Row.next_attempt_at <= now).limit(1)
    is_due = db.session.scalar(due) is not None
    db.session.rollback()
    return is_due


def _within_rate(limit: int, rate: Rate, now: datetime, lease: timedelta) -> int:
    """How many of ``limit`` may leave now, all workers together: they ask one after the other."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RATE_LOCK})
    most, seconds = rate
    # Whole seconds are stored, so the window's first one counts whole: rather a little slower than too fast.
    lately = Row.sent_at >= now - timedelta(seconds=seconds)
    under_way = text("status = 'sending'") & (Row.claimed_at >= now - lease)
    counts = [select(func.count()).select_from(Row).where(which).scalar_subquery() for which in (lately, under_way)]
    # In one statement, that is at one moment: one that is marked between two would be in neither.
    gone = db.session.scalar(select(counts[0] + counts[1])) or 0
    return max(0, min(limit, most - gone))


def release(claims: list[Claim]) -> None:
    """Give claims back uncharged: due again at once, for anybody."""
    by_token: dict[UUID, list[UUID]] = {}
    for one in claims:
        by_token.setdefault(one.token, []).append(one.row_id)
    for token, ids in by_token.items():
        ours = update(Row).where(Row.id.in_(ids), Row.claim_token == token, text("status = 'sending'"))
        db.session.execute(ours.values(status="pending", **RELEASED))
    db.session.commit()


def expire(now: datetime, lease: timedelta) -> int:
    """Take back claims whose worker has not renewed them for ``lease``; fail what five workers did not survive."""
    # What a frozen worker has locked is left for later: neither the others nor the sweep may wait for it.
    free = select(Row.id).where(text("status = 'sending'"), has_expired(Row, now, lease))
    lost = update(Row).where(Row.id.in_(free.with_for_update(skip_locked=True)))
    failed = lost.where(Row.claims >= MAX_CLAIMS).values(status="failed", last_error=NO_OUTCOME, **EXPIRED)
    given_up = db.session.scalars(failed.returning(Row.id)).all()
    due = lost.where(Row.claims < MAX_CLAIMS).values(status="pending", **EXPIRED)
    back = db.session.scalars(due.returning(Row.id)).all()
    db.session.commit()
    for row_id in given_up:
        log.error("reminder.failed", reminder=str(row_id), why=NO_OUTCOME)
    for row_id in back:
        log.warning("reminder.claim_expired", reminder=str(row_id))
    return len(back)
