"""Erase a contact for ever, in one transaction: with all their records, and every text that names them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, delete, literal, select, update

from coverage_app.enums import Action, RecordKind, SkipReason, Status
from coverage_app.errors import Conflict, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Contact, IdempotencyKey, Reminder, SavedFilter, User
from coverage_app.models.base import UtcDateTime
from coverage_app.services import contacts, history, imports, removal
from coverage_app.services.conflicts import unique_or
from coverage_app.services.erasure import database_file, owned
from coverage_app.services.erasure.identity import Identity, identify
from coverage_app.services.erasure.owned import Key
from coverage_app.services.erasure.text_search import fold, may_match, texts_of
from coverage_app.services.sanitize import one_line

log = structlog.get_logger()
BATCH = 500  # rows


@dataclass(frozen=True)
class Preview:
    """Who would be erased, and the number of records of each kind that would be deleted with them."""

    identity: Identity
    counts: Counter[str]


def preview(contact_id: UUID) -> Preview:
    """Return what the confirmation page shows. Raises NotFound when no such contact is stored."""
    return Preview(identify(contact_id), Counter(kind for kind, _ in owned.records_now(contact_id)))


def erase(contact_id: UUID, typed: str, *, by: User, now: datetime) -> None:
    """Erase a contact, whose name was ``typed`` to confirm it. Commits.

    History keeps who did what and when, and that ``by`` erased a contact, without a text. Raises NotFound, FieldError
    for another name, or Conflict while somebody stores a record about them.
    """
    records = owned.locked_records(contact_id)
    contact = _lock(contact_id, len(records))
    identity = identify(contact_id)
    if fold(one_line(typed)) != fold(identity.name):
        db.session.rollback()
        raise FieldError("name", _l("This is not their name. Nothing was erased."))
    removed = removal.Removed()
    for entity, record in records:
        if (entity.type.value, record.id) not in removed.records:  # it went with what it belonged to
            removal.remove(entity, record, by=by, now=now, removed=removed)
    if contact:
        db.session.delete(contact)
        with unique_or(Conflict):
            db.session.flush()
    counts = _erase_texts(identity, {*removed.records} | owned.records_ever(contact_id), now)
    history.record(history.AuditSubject(RecordKind.CONTACT, contact_id, ""), Action.ERASED, {}, by=by, now=now)
    database_file.want_rewriting(now)
    db.session.commit()
    removed.log(by)
    log.info("contact.erased", id=str(contact_id), by=str(by.id), **counts)
    database_file.rewrite_if_wanted()


def _lock(contact_id: UUID, records: int) -> Contact | None:
    """Lock the contact, of which so many records are locked; None if it was deleted before. Raises Conflict."""
    try:
        contact = contacts.locked(contact_id, doomed=True)
    except NotFound:
        return None
    if sum(contacts.references(contact_id).values()) != records:  # one was stored before the contact was locked
        db.session.rollback()
        raise Conflict
    return contact


def _erase_texts(identity: Identity, keys: set[Key], now: datetime) -> dict[str, int]:
    """Erase what is said of the contact and of the records in ``keys``; return how many rows of each kind."""
    row, ids = Reminder, {str(record_id) for _, record_id in keys}
    answers = db.session.execute(select(IdempotencyKey.id, IdempotencyKey.body))
    filters = db.session.execute(select(SavedFilter.id, SavedFilter.name, SavedFilter.values))
    targets = {
        "changes": _find(AuditEntry, (AuditEntry.subject, AuditEntry.values, AuditEntry.note), identity, keys),
        "reminders": _find(row, (row.subject, row.message_body, row.last_error), identity, keys),
        "imports": imports.find_mentions(identity.is_in),
        "answers": [one for one, body in answers if ids.intersection(texts_of(body)) or identity.is_in(body)],
        "filters": [one for one, *texts in filters if identity.is_in(*texts)],
    }
    _execute(update(AuditEntry).values(subject="", values={}, note=None, erased_at=now), targets["changes"])
    _execute(update(row).values(**_blank_reminder(now)), targets["reminders"])
    imports.erase(targets["imports"])
    _execute(delete(IdempotencyKey), targets["answers"])
    _execute(delete(SavedFilter), targets["filters"])
    return {name: len(rows) for name, rows in targets.items()}


def _find(table: Any, texts: tuple[Any, ...], identity: Identity, keys: set[Key]) -> list[UUID]:
    """Return the ids of the rows about one of ``keys``, and of others in whose ``texts`` the contact is named."""
    own = owned.about(table, keys)
    named = (table.entity_type != RecordKind.USER) & may_match(identity.terms, *texts)
    rows = select(table.id, own, *texts).where(table.erased_at.is_(None), own | named)
    streamed = db.session.execute(rows, execution_options={"yield_per": BATCH})
    return [one for one, is_own, *written in streamed if is_own or identity.is_in(*written)]


def _blank_reminder(now: datetime) -> dict[str, object]:
    """Return the columns of a reminder without its text. One that waits gets it anew, as its record reads then."""
    row = Reminder
    return {
        "subject": None,
        "message_body": None,
        "last_error": case((row.last_error.in_([*SkipReason]), row.last_error)),  # what a server said may quote it
        "erased_at": case((row.status != Status.PENDING, literal(now, UtcDateTime))),
        "updated_at": row.updated_at,  # when it ended, of one that was not sent
    }


def _execute(statement: Any, ids: list[UUID]) -> None:
    for start in range(0, len(ids), BATCH):
        chosen = statement.where(statement.table.c.id.in_(ids[start : start + BATCH]))
        db.session.execute(chosen, execution_options={"synchronize_session": False})
