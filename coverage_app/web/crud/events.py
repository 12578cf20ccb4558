"""The dates of a covered record on its page: each with its reminders, and what a save said about them."""

from dataclasses import dataclass
from datetime import datetime

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext

from coverage_app.clock import utcnow
from coverage_app.enums import EventKind
from coverage_app.models import Covered, Reminder
from coverage_app.services import records
from coverage_app.services.emails.reminder import event_name
from coverage_app.services.entities import Entity
from coverage_app.services.entity_columns import Event
from coverage_app.services.queries import deliveries
from coverage_app.web.crud.fields import LocalDateTimeField
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.present.filters import named_moment
from coverage_app.web.present.reminder_status import Step, step


@dataclass(frozen=True)
class Promise:
    """One event of a record as its page shows it; ``steps`` are the reminders for its present date and cover.

    ``title`` is what the name does not say itself, ``ended`` when something else ended it, ``shown`` whether
    there is anything to be done at all: a task is, also without a date.
    """

    kind: str
    name: str
    title: str
    due: datetime | None
    done: datetime | None
    ended: datetime | None
    past: bool
    shown: bool
    steps: list[Step]


def context(entity: Entity, record: Covered) -> dict[str, object]:
    """The promises of a record, each with its reminders, and the reminders of dates and covers it once had."""
    now, rows = utcnow(), list(deliveries.timeline(entity.type, record.id))
    promises = []
    for event in entity.events:
        current = [row for row in rows if _current(row, record, event)]
        rows = [row for row in rows if row not in current]
        promises.append(_promise(event, record, [step(row, now) for row in current], now))
    people = {"owner": record.responsible, "cover": record.cover}
    return {"promises": promises, "earlier": [step(row, now) for row in rows], "now": now, **people}


def _promise(event: Event, record: Covered, steps: list[Step], now: datetime) -> Promise:
    title, due, done = event.title_of(record), event.due_at(record), event.marked_at(record)
    name = event_name(event.kind, title)
    alone = event.flag_column or (event.kind == EventKind.STAGE_NEXT_ACTION and title)
    return Promise(
        kind=event.kind,
        name=name,
        title=title if name == event_name(event.kind, "") else "",
        due=due,
        done=done,
        ended=event.ended_at(record),
        past=bool(due and due <= now),
        shown=bool(due or done or alone),
        steps=steps,
    )


def _current(row: Reminder, record: Covered, event: Event) -> bool:
    wanted = (event.kind, event.due_at(record), record.cover_id)
    return (row.event_kind, row.event_due_date, row.coverage_user_id) == wanted


def flash_saved(entity: Entity, saved: records.Saved, form: RecordForm) -> None:
    """After a save: how the dates were understood, and which reminders are planned."""
    for field in form:
        if isinstance(field, LocalDateTimeField) and field.twice and field.data:
            flash_ambiguous(field.data)
    for kind in saved.past:
        sentence = _("%(what)s: that date is past, so no reminder will be sent for it.", what=event_name(kind, ""))
        flash(sentence, "warning")
    number = len(saved.planned)
    if number:
        sentence = ngettext("%(num)d reminder is planned. ", "%(num)d reminders are planned. ", number)
        flash(sentence + _("The next one goes out: %(when)s.", when=named_moment(saved.planned[0])), "info")
    elif saved.record.cover_id is None and any(_waits(event, saved.record) for event in entity.events):
        flash(_("Nobody covers this, so no reminder will be sent."), "info")


def flash_ambiguous(at: datetime) -> None:
    """The local time that somebody chose comes twice that day; ``at`` is how it was understood."""
    sentence = _("The clocks show that time twice that day. The first one was taken: %(when)s.")
    flash(sentence % {"when": named_moment(at)}, "warning")


def _waits(event: Event, record: Covered) -> bool:
    return bool(event.due_at(record)) and not event.done_at(record)
