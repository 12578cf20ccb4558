"""Calls: what was said on the telephone, and what was promised in it."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectChoice
from wtforms.validators import InputRequired

from coverage_app.clock import utcnow
from coverage_app.models import Call
from coverage_app.services.entities import CALL
from coverage_app.services.queries import lists
from coverage_app.web import covered
from coverage_app.web.fields import DurationField, LineField, LocalDateTimeField, TextField, choice
from coverage_app.web.records import Kind, Words, mount

DIRECTIONS = [SelectChoice("out", _l("We called")), SelectChoice("in", _l("They called"))]


class CallForm(covered.CoveredForm):
    entity = CALL

    entity_id = covered.contact_field()
    called_at = LocalDateTimeField(_l("When"), [InputRequired(_l("Write when the call was."))])
    direction = choice(_l("Who called"), _l("Say who called."), DIRECTIONS)
    phone = LineField(_l("Telephone"))
    duration = DurationField(_l("Duration"))
    result = LineField(_l("Result"))
    note = TextField(_l("Note"))
    proxima_llamada_fecha = LocalDateTimeField(_l("Next call"))
    proxima_accion_fecha = LocalDateTimeField(_l("Next action"))
    proxima_accion = LineField(_l("What is to be done"))
    responsible_user_id = covered.owner_field()
    coverage_user_id = covered.cover_field()


def _asked_contact() -> UUID | None:
    """The contact that the address names (``?contact=``), None when it names none that could exist."""
    return request.args.get("contact", type=UUID)


def _defaults() -> dict[str, Any]:
    return {
        "entity_id": _asked_contact(),
        "called_at": utcnow().replace(second=0),
        "responsible_user_id": current_user.id,
    }


def _narrowed() -> dict[str, Any]:
    return {"of_contact": _asked_contact()}


def _title(call: Call) -> str:
    return call.contact.name


pages = covered.add_done(
    mount(
        Kind(
            name=CALL.folder,
            model=Call,
            form=CallForm,
            words=Words(
                many=_l("Calls"),
                new=_l("New call"),
                edit=_l("Edit call"),
                saved=_l("Call saved."),
                deleted=_l("Call deleted. Its reminders were taken back."),
                search=_l("Search by name, telephone or text"),
            ),
            door=covered.RecordsDoor(CALL),
            find=lists.call,
            page=lists.calls,
            context=partial(covered.context, CALL),
            narrowed=_narrowed,
            defaults=_defaults,
            told=partial(covered.tell, CALL),
            title=_title,
        )
    ),
    CALL,
)
