"""What became of a claimed reminder. A mark touches its row only while the row is ours."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Integer, String, Text, Uuid, bindparam, text

from coverage_app.enums import SkipReason
from coverage_app.models.base import UtcDateTime
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.emails.render import RenderedEmail

log = structlog.get_logger()
TEXTS = {"subject", "message_body", "last_error"}
SPREAD = 0.2  # retries of many rows must not all come back in the same second

# One statement for a whole batch on PostgreSQL; on SQLite, which has no arrays, one for each row of it.
_COLUMNS = {
    "id": (Uuid, "uuid"),
    "token": (Uuid, "uuid"),
    "status": (String, "text"),
    "sent_at": (UtcDateTime, "timestamptz"),
    "subject": (String, "text"),
    "message_body": (Text, "text"),
    "last_error": (Text, "text"),
    "counts_as_attempt": (Integer, "int"),
    "next_attempt_at": (UtcDateTime, "timestamptz"),
}


@dataclass(frozen=True)
class Outcome:
    """``name`` is what the log and the counts call it; ``values`` the columns that say so."""

    claim: Claim
    name: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        why: str | None = self.values.get("last_error")
        return why

    def without_texts(self) -> "Outcome":
        """The same, without what it says in words, which are all that a database could refuse."""
        return replace(self, values={name: self.values[name] for name in self.values.keys() - TEXTS})


def sent(claim: Claim, email: RenderedEmail, at: datetime) -> Outcome:
    """The server accepted it at ``at``."""
    content = {"subject": email.subject, "message_body": email.text}
    return Outcome(claim, "sent", {"status": "sent", "sent_at": at, **content})


def skipped(claim: Claim, reason: SkipReason) -> Outcome:
    """Deliberately not sent."""
    return Outcome(claim, "skipped", {"status": "skipped", "last_error": reason.value})


def failed(claim: Claim, words: str, *, counts_as_attempt: bool = False) -> Outcome:
    """Refused for good, or impossible to make."""
    values = {"status": "failed", "last_error": words, "counts_as_attempt": int(counts_as_attempt)}
    return Outcome(claim, "failed", values)


def retry_later(
    claim: Claim, words: str, *, attempts: int, due: datetime, now: datetime, backoff: tuple[float, ...]
) -> Outcome:
    """Count one attempt and try again later, the last time at the event's time; refused there too, it failed."""
    if now >= due:
        return failed(claim, words, counts_as_attempt=True)
    pause = backoff[min(attempts, len(backoff) - 1)] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311
    again = min(due, _next_second(now + timedelta(seconds=pause)))
    values = {"status": "pending", "last_error": words, "counts_as_attempt": 1, "next_attempt_at": again}
    return Outcome(claim, "retried", values)


def released(claim: Claim, again: datetime | None = None) -> Outcome:
    """Not sent, and no attempt: due again at ``again``, or at once, for anybody."""
    again = _next_second(again) if again else None
    return Outcome(claim, "released", {"status": "pending", "next_attempt_at": again})


def _next_second(at: datetime) -> datetime:
    """``at``, rounded up: whole seconds are stored, and cut off they would shorten a pause by as much as a second."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def write(connection: Connection, batch: list[Outcome], now: datetime) -> set[UUID]:
    """Write the marks in the caller's transaction; returns the ids of the rows that were still ours."""
    if not batch:
        return set()
    rows = [
        {name: one.values.get(name) for name in _COLUMNS}
        | {
            "id": one.claim.row_id,
            "token": one.claim.token,
            "counts_as_attempt": one.values.get("counts_as_attempt", 0),
        }
        for one in batch
    ]
    if connection.dialect.name == "postgresql":
        arrays = {name: [_whole(name, row[name]) for row in rows] for name in _COLUMNS}
        return {row.id for row in connection.execute(_MANY, arrays | {"now": now})}
    return {
        one.claim.row_id
        for one, row in zip(batch, rows, strict=True)
        if connection.execute(_ONE, row | {"now": now}).first()
    }


def log_outcomes(written: set[UUID], batch: list[Outcome]) -> None:
    """A line in the log for each, once it is committed."""
    for one in batch:
        if one.claim.row_id in written:
            log.info(f"reminder.{one.name}", reminder=str(one.claim), **({"why": one.reason} if one.reason else {}))
        else:
            log.warning("reminder.claim_lost", reminder=str(one.claim), outcome=one.name)


def _whole(name: str, value: Any) -> Any:
    # Arrays go to the driver as they are, past UtcDateTime: whole seconds here, too.
    return value.replace(microsecond=0) if name.endswith("_at") and value is not None else value


def _statement(source: str, value: str) -> str:
    """The UPDATE; ``value`` is how a new value is spelled, with {} for its name."""
    v = value.format
    return (
        f"UPDATE notification_schedules AS n SET status = {v('status')}, sent = ({v('status')} = 'sent'),"  # noqa: S608
        # What was erased while it was being sent does not come back.
        f" sent_at = {v('sent_at')}, subject = CASE WHEN n.erased_at IS NULL THEN coalesce({v('subject')}, n.subject)"
        f" END, message_body = CASE WHEN n.erased_at IS NULL THEN coalesce({v('message_body')}, n.message_body) END,"
        f" last_error = CASE WHEN n.erased_at IS NOT NULL AND {v('status')} <> 'skipped' THEN NULL"
        f" WHEN {v('status')} = 'pending' THEN coalesce({v('last_error')}, n.last_error) ELSE {v('last_error')} END,"
        f" attempts = n.attempts + {v('counts_as_attempt')},"
        f" next_attempt_at = coalesce({v('next_attempt_at')}, n.next_attempt_at),"
        f" claim_token = NULL, claimed_at = NULL, claims = 0, updated_at = :now {source}"
        f" WHERE n.id = {v('id')} AND n.claim_token = {v('token')} AND n.status = 'sending'"
    )


_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, (_, kind) in _COLUMNS.items())
_MANY = (
    text(_statement(f"FROM unnest({_ARRAYS}) AS v({', '.join(_COLUMNS)})", "v.{}") + " RETURNING n.id")
    .bindparams(bindparam("now", type_=UtcDateTime))
    .columns(id=Uuid)
)
_ONE = (
    text(_statement("", ":{}") + " RETURNING id")
    .bindparams(
        bindparam("now", type_=UtcDateTime), *(bindparam(name, type_=kind) for name, (kind, _) in _COLUMNS.items())
    )
    .columns(id=Uuid)
)
