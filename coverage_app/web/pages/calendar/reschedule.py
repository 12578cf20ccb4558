"""Moves a follow-up from the calendar to another day or hour, by the rules of its record's form."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from coverage_app import clock, database_clock
from coverage_app.clock import utcnow
from coverage_app.enums import EntityType, Status
from coverage_app.errors import Conflict, DomainError
from coverage_app.models import FollowUp
from coverage_app.services import records
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import coverages, reminder_states
from coverage_app.web.crud import actions, events
from coverage_app.web.middleware.auth import me, safe_next
from coverage_app.web.pages.dashboard.rows import line
from coverage_app.web.present.filters import local_text, named_moment, zone
from coverage_app.web.present.flashes import Undo, flash_message

A_DAY = len("2026-12-03")


def add(pages: Blueprint) -> None:
    pages.add_url_rule("/follow-ups/<uuid:record_id>/move", "move", move, methods=["POST"])


def move(record_id: UUID) -> Response:
    """``record_id`` is the follow-up's. A refusal is said on the page that one comes back to: drawn afresh, it shows
    the line where it still stands."""
    try:
        _move(coverages.one(record_id))
    except DomainError as error:
        flash_message(error.sentence, "warning")
    return redirect(_back())


def _move(follow_up: FollowUp) -> None:
    """Move it. Raises Stale unless the form carries the record's version, and what the record's form refuses."""
    if follow_up.done_at:
        raise Conflict  # a date that moves opens again what was done: that is for the form
    entity, was = ENTITIES[EntityType(follow_up.entity_type)], follow_up.due_at
    requested = _requested_moment(was)
    version = {request.form.get("version", -1, type=int)}
    changes = {entity.event(follow_up.event_kind).due: requested.at}
    saved = records.save(entity, follow_up.entity_id, changes, by=me(), now=database_clock.now(), versions=version)
    _flash_moved(follow_up, was, saved.record.version)
    if requested.ambiguous:
        events.flash_ambiguous(requested.at)


def _requested_moment(was: datetime) -> clock.LocalReading:
    """Return the requested moment, by the reader's clocks: a day, on which it keeps its hour, or a day and an hour.

    ``at`` is a moment to the second, which clocks cannot always express: from there an undo brings it back.
    """
    if "at" in request.form:
        return clock.LocalReading(clock.read_moment(request.form["at"]), ambiguous=False)
    to = request.form.get("to", "")
    return clock.read_local(to + local_text(was)[A_DAY:] if len(to) == A_DAY else to, zone())


def _flash_moved(moved: FollowUp, was: datetime, version: int) -> None:
    """Flash where it is now, what that means for its reminders, and an undo."""
    row = line(moved, utcnow())
    name = f"{row.what}, {moved.contact.name}" if moved.contact else row.what
    sentence = _("%(what)s: moved to %(when)s.", what=name, when=named_moment(moved.due_at))
    fields = {"at": was.isoformat(), "version": str(version), "next": _back()}
    undo = Undo(url_for("calendar.move", record_id=moved.id), fields, name)
    flash_message(f"{sentence} {_reminders(moved, late=row.late)}", undo=undo)


def _reminders(moved: FollowUp, *, late: bool) -> str:
    rows = reminder_states.reminders_of([moved]).get(moved.id, [])
    planned = [row.notification_type for row in rows if row.status == Status.PENDING]
    if planned:
        return ngettext(
            "%(num)d reminder is planned: %(leads)s before.",
            "%(num)d reminders are planned: %(leads)s before.",
            len(planned),
            leads=actions.leads(planned),
        )
    if moved.coverage_user_id is None:
        return _("Nobody covers this, so no reminder will be sent.")
    if late:
        return _("That date is past, so no reminder will be sent for it.")
    return _("It is too near for another reminder.")


def _back() -> str:
    return safe_next(request.form.get("next") or url_for("calendar.index"))
