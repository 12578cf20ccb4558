"""Whole collections for other programs: bare rows, page by page, in an order that a change does not alter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import FollowUp, Reminder, User
from coverage_app.services.queries.paging import Order, Page, page


def newest(model: Any, mark: str | None, size: int) -> Page:
    """The records of a kind, the last made first."""
    return page(select(model), Order(model.created_at, model.id, newest_first=True), mark, size)


def one(model: Any, record_id: UUID) -> Any:
    """Raises NotFound."""
    record = db.session.get(model, record_id)
    if record is None:
        raise NotFound
    return record


def colleagues(mark: str | None, size: int) -> Page:
    """Those who can be chosen, by name."""
    return page(select(User).where(User.is_active), Order(User.name, User.id), mark, size)


def covered(
    since: datetime, until: datetime | None, cover: UUID | None, kind: str | None, mark: str | None, size: int
) -> Page:
    """The open follow-ups that somebody covers, due from ``since`` until just before ``until``, the nearest first."""
    question = select(FollowUp).where(FollowUp.done_at.is_(None), FollowUp.due_at >= since)
    question = question.where(FollowUp.coverage_user_id == cover if cover else FollowUp.coverage_user_id.is_not(None))
    if until is not None:
        question = question.where(FollowUp.due_at < until)
    if kind is not None:
        question = question.where(FollowUp.event_kind == kind)
    return page(question, Order(FollowUp.due_at, FollowUp.id), mark, size)


def reminders(entity_type: str | None, entity_id: UUID | None, status: str | None, mark: str | None, size: int) -> Page:
    """The reminders, the latest send time first."""
    asked = {"entity_type": entity_type, "entity_id": entity_id, "status": status}
    row = Reminder
    wanted = [getattr(row, name) == value for name, value in asked.items() if value is not None]
    return page(select(row).where(*wanted), Order(row.scheduled_send_at, row.id, newest_first=True), mark, size)
