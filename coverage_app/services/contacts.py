"""Contacts: kept, found, and deleted only when nothing speaks of them."""

from collections.abc import Callable, Container
from datetime import datetime
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from coverage_app.enums import Action, RecordKind
from coverage_app.errors import AlreadyExists, Conflict, FieldError, NotFound, StillReferenced
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services import history, sanitize
from coverage_app.services.conflicts import check_version, unique_or
from coverage_app.services.entities import ENTITIES

LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's


def create(
    contact_id: UUID,
    changes: dict[str, Any],
    *,
    by: User,
    now: datetime,
    also: Callable[[Contact], None] | None = None,
) -> Contact:
    """Make a contact with the id its form carried. Raises AlreadyExists (sent twice), AlreadyDeleted (sent before,
    and deleted since) or FieldError.

    ``also`` is called with the new contact before the commit, as in ``records.create``.
    """
    if db.session.get(Contact, contact_id) is not None:
        raise AlreadyExists
    contact = Contact(id=contact_id)
    values = _apply(contact, changes)
    db.session.add(contact)
    with unique_or(AlreadyExists):
        db.session.flush()
    history.refuse_used_id(RecordKind.CONTACT, contact_id)
    history.record(history.of_contact(contact), Action.CREATED, values, by=by, now=now)
    if also:
        also(contact)
    db.session.commit()
    return contact


def save(
    contact_id: UUID,
    changes: dict[str, Any],
    *,
    by: User,
    now: datetime,
    versions: Container[int] | None = None,
) -> Contact:
    """Change the named columns. Raises NotFound, FieldError, or Stale when it is at none of ``versions``."""
    contact = locked(contact_id, versions)
    values = _apply(contact, changes)
    if values:
        history.record(history.of_contact(contact), Action.UPDATED, values, by=by, now=now)
    db.session.commit()
    return contact


def delete(contact_id: UUID, *, by: User, now: datetime, versions: Container[int] | None = None) -> None:
    """Raises NotFound, Stale, StillReferenced with the number of records of each kind, or Conflict while somebody
    stores a record that speaks of them."""
    contact = locked(contact_id, versions, doomed=True)
    counts = references(contact_id)
    if counts:
        db.session.rollback()
        raise StillReferenced(counts)
    history.record(history.of_contact(contact), Action.DELETED, {}, by=by, now=now)
    db.session.delete(contact)
    with unique_or(lambda _: StillReferenced(references(contact_id))):  # a call was recorded since they were counted
        db.session.commit()


def references(contact_id: UUID) -> dict[str, int]:
    """How many records of each entity type speak of this contact; only those that do."""
    counts = {
        kind.value: db.session.scalar(
            select(func.count()).select_from(entity.model).where(entity.model.contact_id == contact_id)
        )
        or 0
        for kind, entity in ENTITIES.items()
    }
    return {kind: count for kind, count in counts.items() if count}


def locked(contact_id: UUID, versions: Container[int] | None = None, *, doomed: bool = False) -> Contact:
    """Return the contact, its row locked until the transaction ends, for a change or, if ``doomed``, to be deleted.

    Raises NotFound, Stale if it is at none of ``versions``, or Conflict while somebody stores a record that speaks of
    one who is doomed.
    """
    # One that stays may be spoken of meanwhile. One that goes may not, and an import takes minutes to be written.
    mine = select(Contact).where(Contact.id == contact_id).with_for_update(key_share=not doomed, nowait=doomed)
    try:
        contact = db.session.scalar(mine.execution_options(populate_existing=True))
    except OperationalError as error:
        db.session.rollback()
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise Conflict from None
    if contact is None:
        raise NotFound
    check_version(contact, versions)
    return contact


def _apply(contact: Contact, changes: dict[str, Any]) -> dict[str, list[Any]]:
    """Check and set; returns what differs, for the history."""
    changes = sanitize.clean(Contact, changes)
    if not changes.get("name", contact.name):
        raise FieldError("name", _l("Write a name."))
    if changes.get("email"):
        changes["email"] = email_address("email", changes["email"])
    values = history.differences(contact, changes)
    for name, value in changes.items():
        setattr(contact, name, value)
    return values


def email_address(field: str, typed: str) -> str:
    """One plain address that any server takes, lower case, international domains in ASCII. Raises FieldError for
    anything else."""
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise FieldError(field, _l("Write one e-mail address, like maria@example.com.")) from None
    return (found.ascii_email or found.normalized).lower()
