"""Render a reminder from what the database says of it, in the recipient's language and zone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import ColumnElement

from coverage_app import i18n
from coverage_app.enums import EntityType, EventKind
from coverage_app.extensions import db
from coverage_app.models import Contact, Covered, FollowUp, Reminder, User
from coverage_app.services.emails import render
from coverage_app.services.emails.render import RenderedEmail
from coverage_app.services.entities import ENTITIES, Entity

# Up to here the mail says the lead time, later what really remains: docs/contract.md#promises-of-delivery, 5.
ON_TIME = timedelta(minutes=2)
TEMPLATES = "reminder"


@dataclass(frozen=True)
class ReminderContext:
    """Everything that a reminder's text depends on, as read at one moment. Times are aware UTC."""

    entity_type: str
    entity_id: UUID
    event_kind: str
    notification_type: str
    event_due_date: datetime
    scheduled_send_at: datetime
    recipient_name: str
    recipient_email: str
    locale: str
    timezone: str
    responsible_name: str
    responsible_email: str
    title: str
    contact_name: str | None
    contact_phone: str | None
    note: str | None


def context_values(
    reminder: Reminder | type[Reminder],
    recipient: User | type[User],
    responsible: User | type[User],
    follow_up: FollowUp | type[FollowUp],
    contact: Contact | type[Contact] | None,
    note: str | ColumnElement[str] | None,
) -> dict[str, Any]:
    """Return where each field of ReminderContext comes from, by its name.

    Given records, that is its values; given their classes, the columns to select (see ``delivery.recheck``).
    """
    return {
        "entity_type": reminder.entity_type,
        "entity_id": reminder.entity_id,
        "event_kind": reminder.event_kind,
        "notification_type": reminder.notification_type,
        "event_due_date": reminder.event_due_date,
        "scheduled_send_at": reminder.scheduled_send_at,
        "recipient_name": recipient.name,
        "recipient_email": recipient.email,
        "locale": recipient.locale,
        "timezone": recipient.timezone,
        "responsible_name": responsible.name,
        "responsible_email": responsible.email,
        "title": follow_up.title,
        "contact_name": contact.name if contact is not None else None,
        "contact_phone": contact.phone if contact is not None else None,
        "note": note,
    }


def render_email(context: ReminderContext, now: datetime) -> RenderedEmail:
    """Write the mail as it should read when it leaves at ``now``."""
    return render.render(TEMPLATES, context.locale, _variables(context, now))


def prefill(made: list[tuple[Reminder, FollowUp]], record: Covered, entity: Entity) -> None:
    """Give new rows the subject and text they would have if they went out on time."""
    # The people and the contact were read (and locked) when the record was checked: no query here.
    person = cache(partial(db.session.get_one, User))
    note = entity.note_of(record)
    for row, follow_up in made:
        recipient, responsible = person(row.coverage_user_id), person(follow_up.responsible_user_id)
        contact = db.session.get(Contact, follow_up.contact_id) if follow_up.contact_id else None
        context = ReminderContext(**context_values(row, recipient, responsible, follow_up, contact, note))
        variables = _variables(context, row.scheduled_send_at)
        row.subject, row.message_body = render.render_text(TEMPLATES, context.locale, variables)


def _variables(context: ReminderContext, now: datetime) -> dict[str, Any]:
    app_url = current_app.extensions["settings"].app_url
    with force_locale(context.locale):
        return {
            "context": context,
            "name": context.recipient_name,
            "what": event_name(context.event_kind, context.title),
            "when": i18n.moment(context.event_due_date, context.timezone),
            "link": f"{app_url}/{ENTITIES[EntityType(context.entity_type)].folder}/{context.entity_id}",
            **_time_left(context, now),
        }


def event_name(kind: str, title: str) -> str:
    """What is to be done, as the original specification names it: «Próxima llamada», «Tarea: …»."""
    name: str
    match EventKind(kind):
        case EventKind.NEXT_CALL:
            name = gettext("Next call")
        case EventKind.NEXT_ACTION:
            name = gettext("Next action")
        case EventKind.TASK_DUE:
            name = gettext("Task: %(text)s", text=title[:50]) if title else gettext("Task")
        case EventKind.STAGE_NEXT_ACTION:
            name = gettext("Next action: %(type)s", type=title or gettext("Action"))
        case EventKind.OPPORTUNITY_FOLLOW_UP:
            name = gettext("Follow-up: %(name)s", name=title) if title else gettext("Follow-up")
    return name


def _time_left(context: ReminderContext, now: datetime) -> dict[str, Any]:
    """``left`` in words, and whether the event is already past (then ``left`` is how long ago)."""
    if now - context.scheduled_send_at <= ON_TIME:
        return {"left": i18n.lead_time(context.notification_type), "past": False}
    return {"left": i18n.duration(context.event_due_date - now), "past": context.event_due_date <= now}
