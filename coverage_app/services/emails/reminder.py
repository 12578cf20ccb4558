"""What a reminder says: the words of one mail, from plain facts, in the recipient's language and zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from jinja2 import Environment

from coverage_app import i18n
from coverage_app.enums import EntityType, EventKind
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, Reminder, User
from coverage_app.services.entities import ENTITIES, Entity
from coverage_app.services.sanitize import one_line

# Up to here the lead time's own words stand; later the mail says what really remains (contract §6.5).
ON_TIME = timedelta(minutes=2)
MAX_SUBJECT = 400


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


@dataclass(frozen=True)
class RenderedEmail:
    """A reminder as it is sent."""

    subject: str
    text: str
    html: str


def render_email(context: ReminderContext, now: datetime) -> RenderedEmail:
    """Write the mail as it should read when it leaves at ``now``."""
    with force_locale(context.locale):
        words = _variables(context, now)
        subject, text = _subject_and_text(words)
        return RenderedEmail(subject, text, _render("body.html", words | {"subject": subject}))


def render_text(context: ReminderContext, now: datetime) -> tuple[str, str]:
    """Subject and text of the mail: all that is kept of one that has not left yet, at half the cost."""
    with force_locale(context.locale):
        return _subject_and_text(_variables(context, now))


def _variables(context: ReminderContext, now: datetime) -> dict[str, Any]:
    settings = current_app.extensions["settings"]
    return {
        "context": context,
        "what": event_name(context.event_kind, context.title),
        "when": i18n.moment(context.event_due_date, context.timezone),
        "link": f"{settings.app_url}/{ENTITIES[EntityType(context.entity_type)].folder}/{context.entity_id}",
        "app_name": settings.app_name,
        "locale": context.locale,
        **_time_left(context, now),
    }


def _subject_and_text(words: dict[str, Any]) -> tuple[str, str]:
    return one_line(_render("subject.txt", words))[:MAX_SUBJECT], _render("body.txt", words).strip() + "\n"


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


def prefill(made: list[tuple[Reminder, FollowUp]], record: Any, entity: Entity) -> None:
    """Give new rows the subject and text they would have if they went out on time."""
    find = cache(db.session.get)
    for row, follow_up in made:
        context = _planned_context(row, follow_up, record, entity, find)
        row.subject, row.message_body = render_text(context, row.scheduled_send_at)


def _planned_context(
    row: Reminder, follow_up: FollowUp, record: Any, entity: Entity, find: Callable[..., Any]
) -> ReminderContext:
    # The people and the contact were read (and locked) when the record was checked: no query here.
    recipient, responsible = find(User, row.coverage_user_id), find(User, follow_up.responsible_user_id)
    contact = find(Contact, follow_up.contact_id) if follow_up.contact_id else None
    return ReminderContext(
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        event_kind=row.event_kind,
        notification_type=row.notification_type,
        event_due_date=row.event_due_date,
        scheduled_send_at=row.scheduled_send_at,
        recipient_name=recipient.name,
        recipient_email=recipient.email,
        locale=recipient.locale,
        timezone=recipient.timezone,
        responsible_name=responsible.name,
        responsible_email=responsible.email,
        title=follow_up.title,
        contact_name=contact.name if contact else None,
        contact_phone=contact.phone if contact else None,
        note=getattr(record, entity.note) if entity.note else None,
    )


def _time_left(context: ReminderContext, now: datetime) -> dict[str, Any]:
    """``left`` in words, and whether the event is already past (then ``left`` is how long ago)."""
    if now - context.scheduled_send_at <= ON_TIME:
        return {"left": i18n.lead_time(context.notification_type), "past": False}
    return {"left": i18n.duration(context.event_due_date - now), "past": context.event_due_date <= now}


def _render(part: str, words: dict[str, Any]) -> str:
    # Not flask.render_template: a page's context processors have no business in a mail.
    templates = _templates(current_app.jinja_env, words["locale"])
    return templates.get_template(f"emails/reminder/{part}").render(words)


@cache
def _templates(pages: Environment, locale: str) -> Environment:
    """The templates with one language bound to them: found once, not anew for each sentence, it halves their cost."""
    templates = Environment(
        loader=pages.loader,
        autoescape=pages.autoescape,  # noqa: S701 - Flask's own: HTML is escaped, text is not
        extensions=["jinja2.ext.i18n"],
        auto_reload=pages.auto_reload,
        bytecode_cache=pages.bytecode_cache,
    )
    templates.filters = pages.filters
    templates.install_gettext_translations(i18n.translations(locale), newstyle=True)  # type: ignore[attr-defined]
    return templates
