"""The buttons of a covered record beside its form: done and undo, and a move to another stage or status."""

from collections.abc import Callable
from uuid import UUID

from babel.lists import format_list
from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from coverage_app import database_clock, i18n
from coverage_app.errors import FieldError
from coverage_app.services import records
from coverage_app.services.emails.reminder import event_name
from coverage_app.services.entities import Entity
from coverage_app.services.records import Saved
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.present.flashes import Undo, flash_message


def add_done(pages: Blueprint, entity: Entity) -> Blueprint:
    """The button that marks one event of a record done, with a note of how it went, or takes the mark back."""

    @pages.post("/<uuid:record_id>/done")
    def done(record_id: UUID) -> Response:
        kind, is_done = request.form.get("event", ""), request.form.get("done", "1") == "1"
        if kind not in [event.kind for event in entity.events] or request.form.get("done", "1") not in ("0", "1"):
            abort(400)
        note, now = request.form.get("note"), database_clock.now()
        try:
            saved = records.complete(entity, record_id, kind, done=is_done, by=me(), now=now, note=note)
        except FieldError as error:
            return _refused(error, entity, record_id)
        sentence = _with_reminders(_("Marked as done.") if is_done else _("Open again."), saved)
        back = _back(entity, record_id)
        again = {"event": kind, "done": "0" if is_done else "1", "next": back}
        undo = Undo(url_for(f"{entity.folder}.done", record_id=record_id), again, event_name(kind, ""))
        flash_message(sentence, undo=undo if is_done else None)
        return redirect(back)

    return pages


def add_move(pages: Blueprint, entity: Entity, column: str, sentence_of: Callable[[str], str]) -> Blueprint:
    """The button that gives ``column`` another word of its vocabulary; ``sentence_of`` a word says what that means."""

    @pages.post("/<uuid:record_id>/move")
    def move(record_id: UUID) -> Response:
        word = request.form.get("to", "")
        if word not in entity.choices[column]:
            abort(400)
        try:
            saved = records.save(entity, record_id, {column: word}, by=me(), now=database_clock.now())
        except FieldError as error:
            return _refused(error, entity, record_id)
        back = _back(entity, record_id)
        if column in saved.changes:
            sentence, action = sentence_of(word), url_for(f"{entity.folder}.move", record_id=record_id)
            undo = Undo(action, {"to": saved.changes[column][0], "next": back}, sentence)
            flash_message(_with_reminders(sentence, saved), undo=undo)
        return redirect(back)

    return pages


def _refused(error: FieldError, entity: Entity, record_id: UUID) -> Response:
    """A button has no field to say it at: the page on which it stands does."""
    flash_message(error.sentence, "warning")
    return redirect(_back(entity, record_id))


def _with_reminders(sentence: str, saved: Saved) -> str:
    """``sentence``, and which reminders will not be sent any more or will be again, by their lead times."""
    sentences = [sentence]
    if saved.deleted:
        sentences.append(_("Reminders taken back: %(leads)s before.", leads=leads(saved.deleted)))
    if saved.made:
        sentences.append(_("Reminders planned again: %(leads)s before.", leads=leads(saved.made)))
    return " ".join(sentences)


def leads(labels: list[str]) -> str:
    """«24 horas, 1 hora y 15 minutos»."""
    return format_list([i18n.lead_time(label) for label in labels], locale=get_locale())


def _back(entity: Entity, record_id: UUID) -> str:
    here = url_for(f"{entity.folder}.show", record_id=record_id)
    return safe_next(request.form.get("next") or here)
