"""The colleagues and contacts that the lines of a file name: by e-mail, by exact name, or by id."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services.sanitize import one_line

MAX_SAID = 80


class Directory:
    """Holds what it has read, so that the rules find each in the session and need not ask again."""

    def __init__(self, people: Sequence[User], contacts: Sequence[Contact]):
        self.people, self.contacts = people, contacts
        self._people, self._contacts = _by_any_name(people), _by_any_name(contacts)

    def found_people(self, ids: set[UUID]) -> dict[UUID, User]:
        """Colleagues by id, as ``rules.check`` asks for them."""
        return {person.id: person for person in self.people if person.id in ids}

    def person(self, field: str, typed: str) -> UUID:
        """Raises FieldError when nobody, or more than one, is called that."""
        found = self._people.get(_key(typed), [])
        # Who left does not stand in the way of a namesake who stayed.
        found = [person for person in found if person.is_active] or found
        if len(found) > 1:
            raise FieldError(
                field, _l("More than one colleague is called %(name)s: write the e-mail.", name=_short(typed))
            )
        if not found:
            raise FieldError(field, _l("There is no colleague %(name)s.", name=_short(typed)))
        return found[0].id

    def contact(self, field: str, typed: str, phone: str) -> UUID:
        """``phone`` tells apart contacts of one name. Raises FieldError when none, or more than one, is meant."""
        found = self._contacts.get(_key(typed), [])
        if len(found) > 1 and phone:
            found = [contact for contact in found if _digits(contact.phone) == _digits(phone)] or found
        if len(found) > 1:
            raise FieldError(
                field, _l("More than one contact is called %(name)s: write the e-mail.", name=_short(typed))
            )
        if not found:
            raise FieldError(
                field, _l("There is no contact %(name)s. Make it first, under Contacts.", name=_short(typed))
            )
        return found[0].id


def everybody() -> Sequence[User]:
    """All there ever were: who left is found too, and refused by the rules with their name."""
    return db.session.scalars(select(User).order_by(User.id).execution_options(populate_existing=True)).all()


def contacts_called(names: Iterable[str]) -> Sequence[Contact]:
    """Every contact that one of ``names`` may mean."""
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


def _by_any_name(rows: Sequence[Any]) -> dict[str | UUID, list[Any]]:
    found: dict[str | UUID, list[Any]] = {}
    for row in rows:
        for key in {row.id, row.name, row.email} - {None}:
            found.setdefault(key, []).append(row)
    return found


def _key(typed: str) -> str | UUID:
    """How what was typed is looked for: an id, an e-mail in lower case, a name as it is."""
    line = one_line(typed)
    try:
        return UUID(line)
    except ValueError:
        return line.lower() if "@" in line else line


def _short(typed: str) -> str:
    """What was typed, for a sentence."""
    return typed if len(typed) <= MAX_SAID else typed[: MAX_SAID - 1] + "…"


def _digits(phone: str | None) -> str:
    return "".join(char for char in phone or "" if char in "0123456789")
