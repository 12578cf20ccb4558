"""Is a claimed reminder still true? Read afresh for each one, just before it is sent (contract §6.4, §6.5)."""

import math
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, and_, bindparam, case, exists, null, select, text, update
from sqlalchemy.orm import aliased

from coverage_app.enums import SkipReason
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, User
from coverage_app.models import NotificationSchedule as Row
from coverage_app.models.base import UtcDateTime
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.entities import ENTITIES
from coverage_app.services.wording import Facts

TOO_LATE = timedelta(hours=24)
FACT_NAMES = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True)
class Truth:
    """What the database says of a claimed reminder at one moment: the facts to write, or why not to send."""

    facts: Facts | None
    skip: SkipReason | None
    due: datetime
    attempts: int
    until: float = math.inf  # on the monotonic clock: to be handed over before, or read again


def read(connection: Connection, asked: list[Claim], now: datetime, until: float = math.inf) -> dict[UUID, Truth]:
    """Renew these claims and read the truth of each, in the caller's transaction; without those no longer ours."""
    ours = _renew(connection, asked, now)
    rows = connection.execute(_question(many=True), {"row_ids": list(ours), "now": now}) if ours else ()
    return {row.id: _truth(row, judge(row, now), until) for row in rows}


def _truth(row: Any, skip: SkipReason | None, until: float) -> Truth:
    return Truth(None if skip else _facts(row), skip, row.event_due_date, row.attempts, until)


def _renew(connection: Connection, asked: list[Claim], now: datetime) -> set[UUID]:
    """Extend the lease of every claim that is still ours. A batch is of few tokens, so one statement each."""
    by_token: dict[UUID, list[UUID]] = {}
    for claim in asked:
        by_token.setdefault(claim.token, []).append(claim.row_id)
    renewed: set[UUID] = set()
    for token, row_ids in by_token.items():
        renewed |= set(connection.scalars(_RENEW, {"token": token, "row_ids": row_ids, "now": now}))
    return renewed


def foretell(row_id: UUID, now: datetime) -> Facts | None:
    """What a reminder would say if it left at ``now``, read without claiming it; None if it would not be sent."""
    row = db.session.execute(_question(), {"row_id": row_id, "now": now}).one()
    return None if judge(row, now) else _facts(row)


def standing(row_id: UUID, now: datetime) -> SkipReason | None:
    """What would keep this reminder from being sent at ``now``, in the caller's transaction."""
    return judge(db.session.execute(_question(), {"row_id": row_id, "now": now}).one(), now)


def judge(row: Any, now: datetime) -> SkipReason | None:
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


def _facts(row: Any) -> Facts:
    return Facts(**{name: getattr(row, name) for name in FACT_NAMES})


@cache
def _question(many: bool = False) -> Any:
    """Everything that a verdict and a mail depend on. Parameters: ``now`` and ``row_id``, or ``row_ids``."""
    recipient, responsible, other = aliased(User), aliased(User), aliased(Row)
    wanted = and_(
        FollowUp.due_at == Row.event_due_date,
        FollowUp.coverage_user_id == Row.coverage_user_id,
        FollowUp.done_at.is_(None),
    )
    same_event = and_(
        other.entity_type == Row.entity_type,
        other.entity_id == Row.entity_id,
        other.event_kind == Row.event_kind,
        other.event_due_date == Row.event_due_date,
        other.coverage_user_id == Row.coverage_user_id,
    )
    now = bindparam("now", type_=Row.scheduled_send_at.type)
    newer = exists().where(same_event, other.scheduled_send_at > Row.scheduled_send_at, other.scheduled_send_at <= now)
    notes = [(Row.entity_type == e.type, getattr(e.model, e.note)) for e in ENTITIES.values() if e.note]
    question = (
        select(
            Row.id,
            Row.attempts,
            Row.entity_type,
            Row.entity_id,
            Row.event_kind,
            Row.notification_type,
            Row.event_due_date,
            Row.scheduled_send_at,
            recipient.name.label("recipient_name"),
            recipient.email.label("recipient_email"),
            recipient.locale,
            recipient.timezone,
            recipient.is_active,
            responsible.name.label("responsible_name"),
            responsible.email.label("responsible_email"),
            FollowUp.title,
            Contact.name.label("contact_name"),
            Contact.phone.label("contact_phone"),
            case(*notes, else_=null()).label("note"),
            case((wanted, True), else_=False).label("still_wanted"),
            newer.label("newer"),
        )
        .select_from(Row)
        .join(recipient, recipient.id == Row.coverage_user_id)
        .outerjoin(
            FollowUp,
            and_(
                FollowUp.entity_type == Row.entity_type,
                FollowUp.entity_id == Row.entity_id,
                FollowUp.event_kind == Row.event_kind,
            ),
        )
        .outerjoin(responsible, responsible.id == FollowUp.responsible_user_id)
        .outerjoin(Contact, Contact.id == FollowUp.contact_id)
    )
    for entity in (one for one in ENTITIES.values() if one.note):
        question = question.outerjoin(entity.model, entity.model.id == Row.entity_id)
    if many:
        return question.where(Row.id.in_(bindparam("row_ids", expanding=True)))
    return question.where(Row.id == bindparam("row_id", type_=Row.id.type))


_RENEW = (
    update(Row.__table__)
    .where(
        Row.__table__.c.id.in_(bindparam("row_ids", expanding=True)),
        Row.__table__.c.claim_token == bindparam("token", type_=Uuid),
        text("status = 'sending'"),
    )
    .values(claimed_at=bindparam("now", type_=UtcDateTime))
    .returning(Row.__table__.c.id)
)
