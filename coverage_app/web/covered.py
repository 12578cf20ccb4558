"""What the pages of every coverable record share: its door, its people, done and undo, its reminder timeline."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from coverage_app.clock import utcnow
from coverage_app.services import records
from coverage_app.services.entities import Entity, Event
from coverage_app.services.queries import deliveries, people
from coverage_app.services.wording import event_name
from coverage_app.web.access import me, safe_next
from coverage_app.web.fields import LocalDateTimeField, pick
from coverage_app.web.filters import named_moment
from coverage_app.web.forms import RecordForm
from coverage_app.web.timeline import Step, step


@dataclass(frozen=True)
class RecordsDoor:
    """``services.records`` for one entity, with the person who asks and the present moment."""

    entity: Entity

    def create(self, record_id: UUID, changes: dict[str, Any]) -> records.Saved:
        return records.create(self.entity, record_id, changes, by=me(), now=utcnow())

    def save(self, record_id: UUID, changes: dict[str, Any]) -> records.Saved:
        return records.save(self.entity, record_id, changes, by=me(), now=utcnow())

    def delete(self, record_id: UUID) -> None:
        records.delete(self.entity, record_id, by=me(), now=utcnow())


class CoveredForm(RecordForm):
    """The form of a record of ``entity``; its pickers offer contacts and active colleagues."""

    entity: Entity

    def offer(self, record: Any) -> None:
        contact, owner, cover = (self[name] for name in self._picked())
        known = {getattr(record, name) for name in self._picked()[1:]} if record else set()
        colleagues = people.colleagues((known | {owner.data, cover.data}) - {None})
        named = [SelectChoice(row.id, _name(row)) for row in colleagues]
        owner.choices = named
        cover.choices = [SelectChoice("", _("Nobody covers")), *named]
        contact.choices = [SelectChoice("", _("Choose a contact")), *_contacts()]

    def _picked(self) -> tuple[str, str, str]:
        return self.entity.contact, self.entity.responsible, self.entity.cover


def contact_field() -> SelectField:
    sentence = _l("Choose a contact from the list.")
    return pick(_l("Contact"), sentence, InputRequired(sentence))


def owner_field() -> SelectField:
    missing = InputRequired(_l("Choose who is responsible."))
    return pick(_l("Owner"), _l("Choose a colleague from the list."), missing)


def cover_field() -> SelectField:
    return pick(_l("Cover"), _l("Choose a colleague from the list."))


def add_done(pages: Blueprint, entity: Entity) -> Blueprint:
    """The page button that marks one event of a record done, or takes the mark back."""

    @pages.post("/<uuid:record_id>/done")
    def done(record_id: UUID) -> Response:
        kind, is_done = request.form.get("event"), request.form.get("done", "1")
        if kind not in [event.kind for event in entity.events] or is_done not in ("0", "1"):
            abort(400)
        records.complete(entity, record_id, kind, done=is_done == "1", by=me(), now=utcnow())
        said = _("Marked as done. Nobody is reminded of it any more.") if is_done == "1" else _("Open again.")
        flash(said, "success")
        back = request.form.get("next") or url_for(f"{entity.folder}.show", record_id=record_id)
        return redirect(safe_next(back))

    return pages


def tell(entity: Entity, saved: records.Saved, form: RecordForm) -> None:
    """After a save: how the dates were understood, and which reminders are planned."""
    for field in form:
        if isinstance(field, LocalDateTimeField) and field.twice and field.data:
            sentence = _("The clocks show that time twice that day. The first one was taken: %(when)s.")
            flash(sentence % {"when": named_moment(field.data)}, "warning")
    for kind in saved.past:
        sentence = _("%(what)s: that date is past, so no reminder will be sent for it.", what=event_name(kind, ""))
        flash(sentence, "warning")
    number = len(saved.planned)
    if number:
        sentence = ngettext("%(num)d reminder is planned. ", "%(num)d reminders are planned. ", number)
        flash(sentence + _("The next one goes out: %(when)s.", when=named_moment(saved.planned[0])), "info")
    elif getattr(saved.record, entity.cover) is None and any(getattr(saved.record, e.due) for e in entity.events):
        flash(_("Nobody covers this, so no reminder will be sent."), "info")


@dataclass(frozen=True)
class Promise:
    """One event of a record as its page shows it; ``steps`` are the reminders for its present date and cover."""

    kind: str
    name: str
    title: str
    due: Any
    done: Any
    past: bool
    steps: list[Step]


def context(entity: Entity, record: Any) -> dict[str, Any]:
    """The promises of a record, each with its reminders, and the reminders of dates and covers it once had."""
    now, rows = utcnow(), list(deliveries.timeline(entity.type, record.id))
    promises = []
    for event in entity.events:
        due = getattr(record, event.due)
        mine = [row for row in rows if _current(row, record, entity, event)]
        rows = [row for row in rows if row not in mine]
        title = (getattr(record, event.title) or "") if event.title else ""
        promises.append(
            Promise(
                event.kind,
                event_name(event.kind, title),
                title,
                due,
                getattr(record, event.done),
                bool(due and due <= now),
                [step(row, now) for row in mine],
            )
        )
    return {"promises": promises, "earlier": [step(row, now) for row in rows], "now": now}


def _current(row: Any, record: Any, entity: Entity, event: Event) -> bool:
    wanted = (event.kind, getattr(record, event.due), getattr(record, entity.cover))
    return (row.event_kind, row.event_due_date, row.coverage_user_id) == wanted


def _name(colleague: Any) -> str:
    return colleague.name if colleague.is_active else _("%(name)s (inactive)", name=colleague.name)


def _contacts() -> list[SelectChoice]:
    listed = people.contacts()
    return [SelectChoice(row.id, f"{row.name} · {row.phone}" if row.phone else row.name) for row in listed]
