"""Contacts and calls: found one by one, searched, page by page."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import Call, Contact
from coverage_app.services.queries.paging import Order, Page, page
from coverage_app.services.queries.search import matches

CONTACTS_BY_NAME = Order(Contact.name, Contact.id)
CALLS_BY_TIME = Order(Call.called_at, Call.id, newest_first=True)
PEOPLE_OF_CALL = (joinedload(Call.contact), joinedload(Call.responsible), joinedload(Call.cover))


def contact(contact_id: UUID) -> Contact:
    """Raises NotFound."""
    return _found(db.session.get(Contact, contact_id))


def contacts(sought: str, mark: str | None) -> Page:
    """Contacts by name; ``sought`` in their name, address, note or telephone."""
    question = select(Contact)
    if sought:
        question = question.where(matches(sought, [Contact.name, Contact.email, Contact.note], [Contact.phone]))
    return page(question, CONTACTS_BY_NAME, mark)


def call(call_id: UUID) -> Call:
    """With its contact and people. Raises NotFound."""
    return _found(db.session.scalar(select(Call).where(Call.id == call_id).options(*PEOPLE_OF_CALL)))


def calls(sought: str, mark: str | None, of_contact: UUID | None = None) -> Page:
    """Calls, the newest first; ``sought`` in what was noted, in the contact's name or in a telephone."""
    question = select(Call).join(Call.contact).options(*PEOPLE_OF_CALL)
    if of_contact is not None:
        question = question.where(Call.entity_id == of_contact)
    if sought:
        texts = [Contact.name, Call.result, Call.note, Call.proxima_accion]
        question = question.where(matches(sought, texts, [Call.phone, Contact.phone]))
    return page(question, CALLS_BY_TIME, mark)


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound
    return row
