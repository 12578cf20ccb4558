"""Collections for the API: bare rows, page by page, in an order that no change to a row alters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import FollowUp, Reminder, User
from coverage_app.services.queries.paging import Order, Page, page

LATEST_SEND_TIME_FIRST = Order(Reminder.scheduled_send_at, Reminder.id, newest_first=True)


def newest(model: Any, cursor: str | None, size: int) -> Page:
    """Return a page of the records of a model, the newest first."""
    return page(select(model), Order(model.created_at, model.id, newest_first=True), cursor, size)


def one(model: Any, record_id: UUID) -> Any:
    """Return a record. Raises NotFound."""
    record = db.session.get(model, record_id)
    if record is None:
        raise NotFound
    return record


def colleagues(cursor: str | None, size: int) -> Page:
    """Return a page of the active people, by name."""
    return page(select(User).where(User.is_active), Order(User.name, User.id), cursor, size)


def covered(
    since: datetime, until: datetime | None, cover: UUID | None, kind: str | None, cursor: str | None, size: int
) -> Page:
    """Return a page of covered open follow-ups, due from ``since`` until just before ``until``, nearest first."""
    query = select(FollowUp).where(FollowUp.done_at.is_(None), FollowUp.due_at >= since)
    query = query.where(FollowUp.coverage_user_id == cover if cover else FollowUp.coverage_user_id.is_not(None))
    if until is not None:
        query = query.where(FollowUp.due_at < until)
    if kind is not None:
        query = query.where(FollowUp.event_kind == kind)
    return page(query, Order(FollowUp.due_at, FollowUp.id), cursor, size)


def reminders(
    entity_type: str | None, entity_id: UUID | None, status: str | None, cursor: str | None, size: int
) -> Page:
    """Return a page of reminders, the latest send time first."""
    query = select(Reminder)
    if entity_type is not None:
        query = query.where(Reminder.entity_type == entity_type)
    if entity_id is not None:
        query = query.where(Reminder.entity_id == entity_id)
    if status is not None:
        query = query.where(Reminder.status == status)
    return page(query, LATEST_SEND_TIME_FIRST, cursor, size)
