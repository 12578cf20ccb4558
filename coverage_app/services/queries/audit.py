"""Queries of the history: of one record, of all records, and the names behind its ids."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import joinedload

from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Contact, LeadOpportunity, User
from coverage_app.services.history import MODELS
from coverage_app.services.queries.list_query import Listing
from coverage_app.services.queries.paging import Order, Page, page

NEWEST_FIRST = Order(AuditEntry.at, AuditEntry.id, newest_first=True)
PEOPLE = (joinedload(AuditEntry.by), joinedload(AuditEntry.responsible))
ON_A_RECORD = 10
HISTORY = Listing(
    query=select(AuditEntry).options(*PEOPLE),
    orders={"newest": NEWEST_FIRST, "oldest": Order(AuditEntry.at, AuditEntry.id)},
    texts=[AuditEntry.subject],
    word=AuditEntry.entity_type,
    words=tuple(MODELS),
    owner=AuditEntry.by_user_id,
    when=AuditEntry.at,
)
NAMED = {model.__tablename__: model for model in (User, Contact, LeadOpportunity)}


def of_record(kind: str, record_id: UUID, cursor: str | None) -> Page:
    """Return a page of what was done to one record, the newest first."""
    query = select(AuditEntry).where(AuditEntry.entity_type == kind, AuditEntry.entity_id == record_id).options(*PEOPLE)
    return page(query, NEWEST_FIRST, cursor, ON_A_RECORD)


def names(wanted: Iterable[tuple[str, UUID]]) -> dict[UUID, str]:
    """Return the name of each (table, id), in one query; rows deleted since are left out."""
    by_table: dict[str, set[UUID]] = {}
    for table, row_id in wanted:
        by_table.setdefault(table, set()).add(row_id)
    selects = [
        select(NAMED[table].id, NAMED[table].name).where(NAMED[table].id.in_(ids))
        for table, ids in sorted(by_table.items())
    ]
    rows = db.session.execute(union_all(*selects)).all() if selects else []
    return {row[0]: row[1] for row in rows}
