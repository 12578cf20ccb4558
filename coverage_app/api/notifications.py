"""Reminders, what became of each, and sending one again."""

from typing import Any
from uuid import UUID

from flask import jsonify

from coverage_app import database_clock
from coverage_app.api import headers
from coverage_app.api.auth import me
from coverage_app.api.blueprint import Operation, add
from coverage_app.api.fields import Choice, Flag, Id, Moment, Text, Whole
from coverage_app.api.paging import paged
from coverage_app.api.schemas import Paged, Stamps, page_of
from coverage_app.enums import EntityType, EventKind, Status
from coverage_app.models import Reminder
from coverage_app.services import delivery
from coverage_app.services.queries import api_lists
from coverage_app.services.values import Values


class NotificationSchema(Stamps):
    entity_type = Choice(EntityType, required=True)
    entity_id = Id(required=True)
    event_kind = Choice(EventKind, required=True)
    coverage_user_id = Id(required=True)
    event_due_date = Moment(required=True)
    notification_type = Text(40, required=True)
    scheduled_send_at = Moment(required=True)
    next_attempt_at = Moment(required=True)
    status = Choice(Status, required=True)
    sent = Flag(required=True)
    sent_at = Moment(allow_none=True)
    subject = Text(400, allow_none=True)
    message_body = Text(allow_none=True)
    attempts = Whole(0, 2**31 - 1, required=True)
    last_error = Text(allow_none=True)


class NotificationsQuery(Paged):
    entity_type = Choice(EntityType)
    entity_id = Id()
    status = Choice(Status)


def list_notifications(query: Values) -> Any:
    conditions = query.get("entity_type"), query.get("entity_id"), query.get("status")
    return paged(query, lambda cursor, size: api_lists.reminders(*conditions, cursor, size))


def retry_notification(notification_id: UUID) -> Any:
    now, by = database_clock.now(), me()

    def make(keep: headers.Keep) -> None:
        def tell(row: Reminder) -> None:
            keep(NotificationSchema().dump(row))

        delivery.retry(notification_id, by=by, now=now, also=tell)

    return jsonify(headers.once(by.id, lambda: None, now, make))


add(
    Operation(
        "GET",
        "/notifications",
        "list_notifications",
        "notifications",
        "List reminders, the latest send time first",
        page_of(NotificationSchema),
        query=NotificationsQuery,
    ),
    list_notifications,
)
add(
    Operation(
        "POST",
        "/notifications/<uuid:notification_id>/retry",
        "retry_notification",
        "notifications",
        "Send a reminder again that could not be sent, while it is still wanted",
        NotificationSchema,
        headers=(headers.IDEMPOTENCY_KEY,),
        refusals=(404, 409, 422),
    ),
    retry_notification,
)
