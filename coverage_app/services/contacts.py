"""Contacts: kept, found, and deleted only when nothing speaks of them."""

from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from coverage_app.errors import AlreadyExists, FieldError, NotFound, StillReferenced
from coverage_app.extensions import db
from coverage_app.models import Contact
from coverage_app.services import texts
from coverage_app.services.entities import ENTITIES


def create(contact_id: UUID, changes: dict[str, Any]) -> Contact:
    """Make a contact with the id its form carried. Raises AlreadyExists (sent twice) or FieldError."""
    if db.session.get(Contact, contact_id) is not None:
        raise AlreadyExists
    contact = Contact(id=contact_id)
    _apply(contact, changes)
    db.session.add(contact)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise AlreadyExists from None
    return contact


def save(contact_id: UUID, changes: dict[str, Any]) -> Contact:
    """Change the named columns. Raises NotFound or FieldError."""
    contact = _locked(contact_id)
    _apply(contact, changes)
    db.session.commit()
    return contact


def delete(contact_id: UUID) -> None:
    """Raises NotFound, or StillReferenced with the number of records of each kind."""
    contact = _locked(contact_id)
    counts = references(contact_id)
    if counts:
        db.session.rollback()
        raise StillReferenced(counts)
    try:
        db.session.delete(contact)
        db.session.commit()
    except IntegrityError:  # somebody recorded a call with them between the count and the commit
        db.session.rollback()
        raise StillReferenced(references(contact_id)) from None


def references(contact_id: UUID) -> dict[str, int]:
    """How many records of each entity type speak of this contact; only those that do."""
    counts = {
        kind.value: db.session.scalar(
            select(func.count()).select_from(entity.model).where(getattr(entity.model, entity.contact) == contact_id)
        )
        or 0
        for kind, entity in ENTITIES.items()
    }
    return {kind: count for kind, count in counts.items() if count}


def _locked(contact_id: UUID) -> Contact:
    mine = select(Contact).where(Contact.id == contact_id).with_for_update().execution_options(populate_existing=True)
    contact = db.session.scalar(mine)
    if contact is None:
        raise NotFound
    return contact


def _apply(contact: Contact, changes: dict[str, Any]) -> None:
    changes = texts.clean(Contact, changes)
    if not changes.get("name", contact.name):
        raise FieldError("name", _l("Write a name."))
    if changes.get("email"):
        changes["email"] = email_address("email", changes["email"])
    for name, value in changes.items():
        setattr(contact, name, value)


def email_address(field: str, typed: str) -> str:
    """One plain address, lower case, international domains in ASCII. Raises FieldError for anything else."""
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise FieldError(field, _l("Write one e-mail address, like maria@example.com.")) from None
    return (found.ascii_email or found.normalized).lower()
