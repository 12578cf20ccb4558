"""Is a claimed reminder still true? Read afresh for each one, just before it is sent.

The rules are 4 and 5 of docs/contract.md#promises-of-delivery.
"""

import math
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Uuid, and_, bindparam, case, exists, null, select, text
from sqlalchemy.orm import aliased

from coverage_app.enums import SkipReason
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, Reminder, User
from coverage_app.models.base import UtcDateTime
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.emails.reminder import ReminderContext, context_values
from coverage_app.services.entities import ENTITIES

TOO_LATE = timedelta(hours=24)
Query = Select[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]
CONTEXT_NAMES = tuple(field.name for field in fields(ReminderContext))


@dataclass(frozen=True)
class Snapshot:
    """What the database says of a claimed reminder at one moment: the context to write, or why not to send."""

    context: ReminderContext | None
    skip: SkipReason | None
    due: datetime
    attempts: int
    fresh_until: float = math.inf  # on the monotonic clock: to be handed over before, or read again


def read(connection: Connection, claims: list[Claim], now: datetime, until: float = math.inf) -> dict[UUID, Snapshot]:
    """Renew these claims and read the snapshot of each, in the caller's transaction; without those no longer ours."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_renew_and_query(), _arrays(claims) | {"now": now})
    else:
        rows = connection.execute(_query_many(), {"row_ids": renew(connection, claims, now), "now": now})
    return {row.id: _snapshot(row, skip_reason(row, now), until) for row in rows}


def renew(connection: Connection, claims: list[Claim], now: datetime) -> list[UUID]:
    """Renew these claims, in the caller's transaction; return the ids of those rows that are still ours."""
    if connection.dialect.name == "postgresql":
        return list(connection.scalars(_MANY, _arrays(claims) | {"now": now}))
    return [
        claim.row_id
        for claim in claims
        if connection.execute(_ONE, {"row_id": claim.row_id, "token": claim.token, "now": now}).first()
    ]


def _arrays(claims: list[Claim]) -> dict[str, list[UUID]]:
    return {"row_ids": [claim.row_id for claim in claims], "tokens": [claim.token for claim in claims]}


def _snapshot(row: Found, skip: SkipReason | None, until: float) -> Snapshot:
    return Snapshot(None if skip else _context(row), skip, row.event_due_date, row.attempts, until)


def preview(row_id: UUID, now: datetime) -> ReminderContext | None:
    """What a reminder would say if it left at ``now``, read without claiming it; None if it would not be sent."""
    row = db.session.execute(_query_one(), {"row_id": row_id, "now": now}).one()
    return None if skip_reason(row, now) else _context(row)


def current_skip_reason(row_id: UUID, now: datetime) -> SkipReason | None:
    """What would keep this reminder from being sent at ``now``, in the caller's transaction."""
    return skip_reason(db.session.execute(_query_one(), {"row_id": row_id, "now": now}).one(), now)


def skip_reason(row: Found, now: datetime) -> SkipReason | None:
    """Why this reminder must not be sent now, or None."""
    if not row.still_wanted:
        return SkipReason.CHANGED
    if row.newer:
        return SkipReason.SUPERSEDED
    if not row.is_active:
        return SkipReason.USER_INACTIVE
    if not row.recipient_email:
        return SkipReason.NO_EMAIL
    if now > row.event_due_date + TOO_LATE:
        return SkipReason.EVENT_PASSED
    return None


def _context(row: Found) -> ReminderContext:
    return ReminderContext(**{name: row._mapping[name] for name in CONTEXT_NAMES})


@cache
def _query() -> Query:
    """Everything that the re-check and the mail depend on. Parameter: ``now``."""
    recipient, responsible, other = aliased(User), aliased(User), aliased(Reminder)
    wanted = and_(
        FollowUp.due_at == Reminder.event_due_date,
        FollowUp.coverage_user_id == Reminder.coverage_user_id,
        FollowUp.done_at.is_(None),
    )
    same_event = and_(
        other.entity_type == Reminder.entity_type,
        other.entity_id == Reminder.entity_id,
        other.event_kind == Reminder.event_kind,
        other.event_due_date == Reminder.event_due_date,
        other.coverage_user_id == Reminder.coverage_user_id,
    )
    now = bindparam("now", type_=UtcDateTime)
    newer = exists().where(
        same_event, other.scheduled_send_at > Reminder.scheduled_send_at, other.scheduled_send_at <= now
    )
    notes = [
        (Reminder.entity_type == entity.type, entity.note_column.attribute)
        for entity in ENTITIES.values()
        if entity.note_column
    ]
    context = context_values(Reminder, recipient, responsible, FollowUp, Contact, case(*notes, else_=null()))
    query = (
        select(
            *(column.label(name) for name, column in context.items()),
            Reminder.id,
            Reminder.attempts,
            recipient.is_active,
            case((wanted, True), else_=False).label("still_wanted"),
            newer.label("newer"),
        )
        .select_from(Reminder)
        .join(recipient, recipient.id == Reminder.coverage_user_id)
        .outerjoin(
            FollowUp,
            and_(
                FollowUp.entity_type == Reminder.entity_type,
                FollowUp.entity_id == Reminder.entity_id,
                FollowUp.event_kind == Reminder.event_kind,
            ),
        )
        .outerjoin(responsible, responsible.id == FollowUp.responsible_user_id)
        .outerjoin(Contact, Contact.id == FollowUp.contact_id)
    )
    for entity in (one for one in ENTITIES.values() if one.note_column):
        query = query.outerjoin(entity.model, entity.model.id == Reminder.entity_id)
    return query


_RENEW = "UPDATE notification_schedules AS n SET claimed_at = :now {} AND n.status = 'sending' RETURNING {}"
_ONE = text(_RENEW.format("WHERE n.id = :row_id AND n.claim_token = :token", "id")).bindparams(
    bindparam("now", type_=UtcDateTime), bindparam("row_id", type_=Uuid), bindparam("token", type_=Uuid)
)
# Arrays, not lists of parameters: one text whatever their number, so that it is compiled once.
_MANY = text(
    _RENEW.format(
        "FROM unnest(CAST(:row_ids AS uuid[]), CAST(:tokens AS uuid[])) AS claim (id, token)"
        " WHERE n.id = claim.id AND n.claim_token = claim.token",
        "n.id",
    )
).bindparams(bindparam("now", type_=UtcDateTime))


@cache
def _query_one() -> Query:
    """The query for the row ``row_id``."""
    return _query().where(Reminder.id == bindparam("row_id", type_=Uuid))


@cache
def _query_many() -> Query:
    """The query for ``row_ids``."""
    return _query().where(Reminder.id.in_(bindparam("row_ids", expanding=True)))


@cache
def _renew_and_query() -> Query:
    """Renew the claims of ``row_ids`` and ``tokens`` and query them, in one statement."""
    ours = _MANY.columns(id=Uuid).cte("ours")
    return _query().join(ours, ours.c.id == Reminder.id)
