"""Queries of reminders and their outcomes, for the deliveries page and the timelines."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload

from coverage_app.enums import EntityType, Status
from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import Reminder
from coverage_app.services.delivery import recheck
from coverage_app.services.emails import reminder
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries.paging import Order, Page, page

NEWEST_FIRST = Order(Reminder.scheduled_send_at, Reminder.id, newest_first=True)
WITH_RECIPIENT = joinedload(Reminder.recipient)


def list_reminders(status: Status | None, cursor: str | None) -> Page:
    """Return a page of reminders, the latest send time first, without the mails' texts."""
    query = select(Reminder).options(WITH_RECIPIENT, defer(Reminder.message_body))
    if status is not None:
        query = query.where(Reminder.status == status)
    return page(query, NEWEST_FIRST, cursor)


def get_reminder(reminder_id: UUID) -> Reminder:
    """Return one reminder with its recipient. Raises NotFound."""
    row = db.session.scalar(select(Reminder).where(Reminder.id == reminder_id).options(WITH_RECIPIENT))
    if row is None:
        raise NotFound
    return row


def sent_email(row: Reminder, now: datetime) -> tuple[str, str]:
    """Return subject and text: as sent, or as they would read now if it is still to be sent."""
    if row.status in (Status.PENDING, Status.SENDING):
        leaves = max(now, row.next_attempt_at)
        context = recheck.preview(row.id, leaves)
        if context is not None:
            written = reminder.render_email(context, leaves)
            return written.subject, written.text
    return row.subject or "", row.message_body or ""


def record_exists(row: Reminder) -> bool:
    """Return whether the record that ``row`` reminds of still exists."""
    model = ENTITIES[EntityType(row.entity_type)].model
    return db.session.scalar(select(model.id).where(model.id == row.entity_id)) is not None


def timeline(entity_type: str, entity_id: UUID) -> Sequence[Reminder]:
    """Return every reminder that a record ever had, by send time."""
    query = (
        select(Reminder)
        .where(Reminder.entity_type == entity_type, Reminder.entity_id == entity_id)
        .options(WITH_RECIPIENT, defer(Reminder.message_body))
        .order_by(Reminder.scheduled_send_at, Reminder.id)
    )
    return db.session.scalars(query).all()
