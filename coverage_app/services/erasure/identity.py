"""The identity to erase: every name, telephone number and e-mail address that a contact had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from coverage_app.enums import Action, RecordKind
from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Contact, User
from coverage_app.services.erasure import text_search
from coverage_app.services.erasure.text_search import Term

TERMS = {"name": text_search.name_term, "email": text_search.email_term, "phone": text_search.phone_term}


@dataclass(frozen=True)
class Identity:
    """A contact that exists or is ``deleted``; ``name`` is the last one they had.

    ``terms`` are what texts are searched for, ``shared`` what they are not, for another contact or a colleague has it,
    too: whom a text means by it, nobody can tell.
    """

    contact_id: UUID
    name: str
    deleted: bool
    terms: tuple[Term, ...]
    shared: tuple[str, ...]

    def is_in(self, *values: object) -> bool:
        """Return whether one of these texts, or of the texts inside of JSON, names them."""
        return bool(text_search.matching(self.terms, *values))


def identify(contact_id: UUID) -> Identity:
    """Return who that is, or was when they were deleted. Raises NotFound when nothing tells, or all was erased."""
    contact = db.session.get(Contact, contact_id)
    entries = select(AuditEntry).where(AuditEntry.entity_type == RecordKind.CONTACT, AuditEntry.entity_id == contact_id)
    entries = entries.where(AuditEntry.erased_at.is_(None), AuditEntry.action != Action.ERASED)
    changes = db.session.scalars(entries.order_by(AuditEntry.id)).all()
    if contact is None and not changes:
        raise NotFound
    made = [TERMS[field](written) for field, written in sorted({*_details(contact, changes)})]
    terms = {term.pattern: term for term in made if term}.values()  # one for all spellings of the same
    shared = _shared([*terms], contact_id)
    return Identity(
        contact_id=contact_id,
        name=contact.name if contact else changes[-1].subject,
        deleted=contact is None,
        terms=(text_search.id_term(str(contact_id)), *(term for term in terms if term not in shared)),
        shared=tuple(sorted(term.written for term in shared)),
    )


def _details(contact: Contact | None, changes: Sequence[AuditEntry]) -> Iterator[tuple[str, str]]:
    """Yield (field, value) of every identifier that they have or had."""
    yield from ((field, getattr(contact, field)) for field in TERMS if contact and getattr(contact, field))
    for change in changes:
        yield "name", change.subject
        yield from ((field, value) for field in TERMS for value in change.values.get(field, ()) if value)


def _shared(terms: list[Term], contact_id: UUID) -> set[Term]:
    """Return the terms that another contact or a colleague has, too."""
    columns = (Contact.name, Contact.email, Contact.phone)
    contacts = select(*columns).where(Contact.id != contact_id, text_search.may_match(terms, *columns))
    others = [*db.session.execute(contacts), *db.session.execute(select(User.name, User.email))]
    return set().union(*(text_search.matching(terms, *row) for row in others))
