"""The records of a contact: those that are its own now, and those that ever were."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, false, or_, select

from coverage_app.enums import RecordKind
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Covered
from coverage_app.services.entities import ENTITIES, Entity
from coverage_app.services.history import MODELS

Key = tuple[str, UUID]  # the kind under which history keeps a record, and its id
# What others belong to comes first, as wherever both are locked.
IN_ORDER = sorted(ENTITIES.values(), key=lambda entity: entity.owner is not None)
AT_ONCE = 100  # conditions in a statement; SQLite takes fewer than 1,000


def locked_records(contact_id: UUID) -> list[tuple[Entity, Covered]]:
    """Return the records about a contact, locked in the order in which they can be deleted."""
    found: list[tuple[Entity, Covered]] = []
    for entity in IN_ORDER:
        records = select(entity.model).where(entity.model.contact_id == contact_id)
        records = records.order_by(entity.model.id).with_for_update(of=entity.model)
        found += [(entity, one) for one in db.session.scalars(records.execution_options(populate_existing=True))]
    return found


def records_now(contact_id: UUID) -> set[Key]:
    """Return the records about a contact, and those that belong to one of them."""
    found: set[Key] = set()
    for entity in IN_ORDER:
        about = entity.model.contact_id == contact_id
        if entity.owner:
            owners = select(entity.owner.model.id).where(entity.owner.model.contact_id == contact_id)
            about = or_(about, entity.owner.column.attribute.in_(owners))
        found |= {(entity.type.value, one) for one in db.session.scalars(select(entity.model.id).where(about))}
    return found


def records_ever(contact_id: UUID) -> set[Key]:
    """Return the contact itself and the records that history knows as its own, whether they still exist or not."""
    found: set[Key] = {(RecordKind.CONTACT.value, contact_id)}
    for entity in IN_ORDER:
        ids = _with_value(entity, entity.contact, {contact_id})
        if entity.owner:
            owners = {one for kind, one in found if MODELS[kind] is entity.owner.model}
            ids |= _with_value(entity, entity.owner.name, owners)
        found |= {(entity.type.value, one) for one in ids}
    return found


def about(table: Any, keys: set[Key]) -> ColumnElement[bool]:
    """Return the condition for the rows of ``table`` that are about these records."""
    kinds = {kind: [one for other, one in keys if other == kind] for kind, _ in keys}
    return or_(false(), *(and_(table.entity_type == kind, table.entity_id.in_(ids)) for kind, ids in kinds.items()))


def _with_value(entity: Entity, column: str, ids: set[UUID]) -> set[UUID]:
    """Return the records of which ``column`` held one of ``ids``, by the history."""
    found: set[UUID] = set()
    texts = sorted(map(str, ids))
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        named = or_(*(cast(AuditEntry.values, Text).contains(one) for one in some))
        rows = select(AuditEntry.entity_id, AuditEntry.values).where(AuditEntry.entity_type == entity.type, named)
        found |= {record_id for record_id, values in db.session.execute(rows) if {*some} & {*values.get(column, ())}}
    return found
