"""What a covered record must satisfy before it is stored, whoever writes it (contract §4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from coverage_app.clock import FIRST_YEAR, LAST_YEAR
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services.entities import Entity


def check(entity: Entity, record: Any, changes: dict[str, Any]) -> None:
    """Raise FieldError for the first of ``changes`` that the record must not have.

    Locks the two people in share mode, in id order, so that a deactivation waits or is seen.
    """
    after = {
        name: changes.get(name, getattr(record, name)) for name in (entity.responsible, entity.cover, entity.contact)
    }
    responsible_id, cover_id, contact_id = after.values()
    people = _locked_people({responsible_id, cover_id} - {None})
    _check_person(
        entity.responsible, responsible_id, people, changed=responsible_id != getattr(record, entity.responsible)
    )
    if responsible_id is None:
        raise FieldError(entity.responsible, _l("Choose who is responsible."))
    if cover_id is not None:
        _check_person(entity.cover, cover_id, people, changed=cover_id != getattr(record, entity.cover))
        if cover_id == responsible_id:
            raise FieldError(entity.cover, _l("The cover must be somebody other than the owner."))
    if contact_id is None or db.session.get(Contact, contact_id) is None:
        raise FieldError(entity.contact, _l("Choose a contact from the list."))
    _check_dates(changes)


def _check_person(field: str, person_id: UUID | None, people: dict[UUID, User], *, changed: bool) -> None:
    """Somebody since deactivated may stay where they were; nobody inactive may be newly named."""
    if person_id is None:
        return
    person = people.get(person_id)
    if person is None:
        raise FieldError(field, _l("Choose a colleague from the list."))
    if changed and not person.is_active:
        raise FieldError(field, _l("%(name)s is no longer active. Choose another colleague.", name=person.name))


def _check_dates(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, datetime) and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise FieldError(
                name, _l("The date must be between %(first)d and %(last)d.", first=FIRST_YEAR, last=LAST_YEAR)
            )


def _locked_people(ids: set[Any]) -> dict[UUID, User]:
    if not ids:
        return {}
    chosen = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update(read=True)
    return {person.id: person for person in db.session.scalars(chosen.execution_options(populate_existing=True))}
