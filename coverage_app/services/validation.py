"""Check what a covered record must satisfy before it is stored: docs/contract.md#people, 2 and 3."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from coverage_app.clock import FIRST_YEAR, LAST_YEAR
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, Covered, User
from coverage_app.services.entities import Entity
from coverage_app.services.values import Values

MAX_INTEGER = 2**31 - 1
FindPeople = Callable[[set[UUID]], dict[UUID, User]]


def locked_people(ids: set[UUID]) -> dict[UUID, User]:
    """Colleagues by id, locked in share mode, in id order, so that a deactivation waits or is seen."""
    if not ids:
        return {}
    chosen = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update(read=True)
    return {person.id: person for person in db.session.scalars(chosen.execution_options(populate_existing=True))}


def check(entity: Entity, record: Covered, changes: Values, people: FindPeople = locked_people) -> None:
    """Raise FieldError for the first of ``changes`` that the record must not have.

    ``people`` finds its two people by id; a contact that the session holds is not queried again.
    """
    _check_people(entity, record, changes, people)
    _check_belonging(entity, record, changes)
    for name, value in changes.items():
        _check_value(entity, name, value)


def _check_people(entity: Entity, record: Covered, changes: Values, find: FindPeople) -> None:
    before = {entity.responsible: record.responsible_id, entity.cover: record.cover_id}
    after = before | {name: changes[name] for name in before if name in changes}
    people = find({*after.values()} - {None})
    for name, person_id in after.items():
        if person_id is not None:
            _check_person(name, people.get(person_id), changed=person_id != before[name])
    responsible_id, cover_id = after.values()
    if responsible_id is None:
        raise FieldError(entity.responsible, _l("Choose who is responsible."))
    if cover_id == responsible_id:
        raise FieldError(entity.cover, _l("The cover must be somebody other than the owner."))


def _check_person(field: str, person: User | None, *, changed: bool) -> None:
    """Somebody since deactivated may stay where they were; nobody inactive may be newly named."""
    if person is None:
        raise FieldError(field, _l("Choose a colleague from the list."))
    if changed and not person.is_active:
        raise FieldError(field, _l("%(name)s is no longer active. Choose another colleague.", name=person.name))


def _check_belonging(entity: Entity, record: Covered, changes: Values) -> None:
    """The contact exists, and so does what the record belongs to; what is unique is not taken."""
    contact_id = changes.get(entity.contact, record.contact_id)
    wanted = entity.contact in entity.needed
    if (contact_id is None and wanted) or (contact_id is not None and db.session.get(Contact, contact_id) is None):
        raise FieldError(entity.contact, _l("Choose a contact from the list."))
    if entity.owner:
        name = entity.owner.name
        owner_id = changes.get(name, entity.owner.id_of(record))
        if owner_id is not None and db.session.get(entity.owner.model, owner_id) is None:
            raise FieldError(name, _l("Choose an opportunity from the list."))
        if owner_id is None and contact_id is None:
            raise FieldError(name, _l("Choose an opportunity or a contact."))
    for name in entity.unique:
        _check_unique(entity, record, name, changes.get(name))


def _check_unique(entity: Entity, record: Covered, name: str, value: object) -> None:
    column = getattr(entity.model, name)
    if value is None or value == getattr(record, name):
        return
    if db.session.scalar(select(entity.model.id).where(column == value, entity.model.id != record.id)):
        raise FieldError(name, _l("That one is already in the pipeline."))


def _check_value(entity: Entity, name: str, value: object) -> None:
    if value is None and name in entity.needed:
        raise FieldError(name, _l("This cannot be empty."))
    if isinstance(value, str) and not value and name in entity.needed:
        raise FieldError(name, _l("This cannot be empty."))
    if name in entity.choices and value not in entity.choices[name]:
        raise FieldError(name, _l("Choose one of the list."))
    if isinstance(value, datetime) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        sentence = _l("The date must be between %(first)d and %(last)d.", first=FIRST_YEAR, last=LAST_YEAR)
        raise FieldError(name, sentence)
    if isinstance(value, int) and not 0 <= value <= MAX_INTEGER:
        raise FieldError(name, _l("The number must be between 0 and %(most)d.", most=MAX_INTEGER))
