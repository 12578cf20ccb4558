"""Finds the colleagues and contacts that the lines of a file name: by e-mail, by exact name, or by id."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services.sanitize import one_line

MAX_QUOTED = 80
Named = TypeVar("Named", User, Contact)


class Directory:
    """People and contacts already read, so that the rules find them in the session without a query."""

    def __init__(self, people: Sequence[User], contacts: Sequence[Contact]):
        self.people, self.contacts = people, contacts
        self._people, self._contacts = _by_any_name(people), _by_any_name(contacts)

    def found_people(self, ids: set[UUID]) -> dict[UUID, User]:
        """Return colleagues by id, as ``validation`` takes them."""
        return {person.id: person for person in self.people if person.id in ids}

    def person(self, field: str, text: str) -> UUID:
        """Return a colleague's id. Raises FieldError when no colleague, or more than one, has that name."""
        matches = self._people.get(_key(text), [])
        # A deactivated colleague does not make the name of an active one ambiguous.
        matches = [person for person in matches if person.is_active] or matches
        if len(matches) > 1:
            raise FieldError(
                field, _l("More than one colleague is called %(name)s: write the e-mail.", name=_quoted(text))
            )
        if not matches:
            raise FieldError(field, _l("There is no colleague %(name)s.", name=_quoted(text)))
        return matches[0].id

    def contact(self, field: str, text: str, phone: str) -> UUID:
        """Return a contact's id; ``phone`` tells apart namesakes. Raises FieldError for none, or more than one."""
        matches = self._contacts.get(_key(text), [])
        if len(matches) > 1 and phone:
            matches = [contact for contact in matches if _digits(contact.phone) == _digits(phone)] or matches
        if len(matches) > 1:
            raise FieldError(
                field, _l("More than one contact is called %(name)s: write the e-mail.", name=_quoted(text))
            )
        if not matches:
            raise FieldError(
                field, _l("There is no contact %(name)s. Make it first, under Contacts.", name=_quoted(text))
            )
        return matches[0].id


def everybody() -> Sequence[User]:
    """Return everybody, the deactivated too: the rules refuse those by name."""
    return db.session.scalars(select(User).order_by(User.id).execution_options(populate_existing=True)).all()


def contacts_called(names: Iterable[str]) -> Sequence[Contact]:
    """Return every contact that one of ``names`` may mean."""
    keys = {_key(name) for name in names}
    ids = {key for key in keys if isinstance(key, UUID)}
    texts = {key for key in keys if isinstance(key, str)}
    emails = {text.lower() for text in texts if "@" in text}
    meant = or_(Contact.name.in_(texts), Contact.email.in_(emails), Contact.id.in_(ids))
    return db.session.scalars(select(Contact).where(meant).execution_options(populate_existing=True)).all()


def contacts_of(ids: Collection[UUID]) -> Sequence[Contact]:
    return db.session.scalars(
        select(Contact).where(Contact.id.in_(ids)).execution_options(populate_existing=True)
    ).all()


def _by_any_name(rows: Sequence[Named]) -> dict[str | UUID, list[Named]]:
    by_name: dict[str | UUID, list[Named]] = {}
    for row in rows:
        by_name.setdefault(row.id, []).append(row)
        for name in {row.name, row.email}:
            if name is not None:
                by_name.setdefault(name, []).append(row)
    return by_name


def _key(text: str) -> str | UUID:
    """Return the key of a lookup: an id, an e-mail in lower case, or a name as it is."""
    line = one_line(text)
    try:
        return UUID(line)
    except ValueError:
        return line.lower() if "@" in line else line


def _quoted(text: str) -> str:
    """Shorten a text to quote it in a sentence."""
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"


def _digits(phone: str | None) -> str:
    return "".join(char for char in phone or "" if char in "0123456789")
