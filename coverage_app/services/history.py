"""Who changed what, when, from which value to which: written in the transaction of the change."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from coverage_app.enums import Action, RecordKind
from coverage_app.errors import AlreadyDeleted
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Contact, Covered, Reminder, User
from coverage_app.services import follow_ups
from coverage_app.services.entities import ENTITIES, Entity
from coverage_app.services.sanitize import one_line

MAX_SUBJECT = 200
_made = count()
# Everything that has a history, by the name under which it is kept.
MODELS: dict[str, Any] = {kind.value: entity.model for kind, entity in ENTITIES.items()} | {
    RecordKind.CONTACT.value: Contact,
    RecordKind.USER.value: User,
}


def differences(record: Any, changes: dict[str, Any]) -> dict[str, list[Any]]:
    """{column: [before, after]} of what ``changes`` would alter in ``record``, as JSON."""
    before = {name: getattr(record, name) for name in changes}
    return as_json({name: [before[name], value] for name, value in changes.items() if before[name] != value})


def as_json(values: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """{column: [before, after]} with times and ids as text."""
    return {name: [_as_json(value) for value in pair] for name, pair in values.items()}


@dataclass(frozen=True)
class AuditSubject:
    """What a line of history is about: of which kind, which one, what people called it then, and whose it was."""

    kind: str
    id: UUID
    subject: str
    responsible_id: UUID | None = None


def of_record(entity: Entity, record: Covered) -> AuditSubject:
    return AuditSubject(entity.type, record.id, subject(entity, record), record.responsible_id)


def of_contact(contact: Contact) -> AuditSubject:
    return AuditSubject(RecordKind.CONTACT, contact.id, contact.name)


def of_user(user: User) -> AuditSubject:
    return AuditSubject(RecordKind.USER, user.id, user.name)


def record(
    about: AuditSubject,
    action: Action,
    values: dict[str, list[Any]],
    *,
    by: User | None,
    now: datetime,
    note: str | None = None,
) -> None:
    """Add one line to the history, in the caller's transaction."""
    db.session.add(entry(about, action, values, by=by, now=now, note=note))


def entry(
    about: AuditSubject,
    action: Action,
    values: dict[str, list[Any]],
    *,
    by: User | None,
    now: datetime,
    note: str | None = None,
) -> AuditEntry:
    """One line of history, of no session yet."""
    return AuditEntry(
        id=_growing_id(now),
        at=now,
        entity_type=about.kind,
        entity_id=about.id,
        action=action,
        subject=about.subject,
        by_user_id=by.id if by else None,
        responsible_user_id=about.responsible_id,
        values=values,
        note=note,
    )


def refuse_used_id(kind: str, record_id: UUID) -> None:
    """Raise AlreadyDeleted, and undo the caller's transaction, if an earlier record had the id of this new one.

    Called once the new record is stored, so that no other can be made and deleted under its id meanwhile.
    """
    changes = select(AuditEntry.id).where(AuditEntry.entity_type == kind, AuditEntry.entity_id == record_id)
    row = Reminder
    reminders = select(row.id).where(row.entity_type == kind, row.entity_id == record_id)
    if db.session.scalar(select(or_(changes.exists(), reminders.exists()))):
        db.session.rollback()
        raise AlreadyDeleted


def subject(entity: Entity, record: Covered) -> str:
    """What people call this record: its own name, that of what it belongs to, or its contact's."""
    own, owner_id = record.own_name, entity.owner.id_of(record) if entity.owner else None
    if own is None and entity.owner and owner_id:
        own = db.session.get_one(entity.owner.model, owner_id).name
    if own is None:
        contact_id = follow_ups.contact_of(entity, record)
        own = db.session.get_one(Contact, contact_id).name if contact_id else ""
    return one_line(own)[:MAX_SUBJECT]


def _growing_id(now: datetime) -> UUID:
    """Later than those before it: by the moment, then by the order in which this process made them."""
    return UUID(int=int(now.timestamp() * 1_000_000) << 64 | next(_made) % 2**32 << 32 | secrets.randbits(32))


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID) else value
