"""Calls: what was said on the telephone, and what was promised in it."""

from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectChoice
from wtforms.validators import InputRequired

from coverage_app.clock import utcnow
from coverage_app.models import Call
from coverage_app.services.entities import CALL
from coverage_app.services.queries import listings
from coverage_app.web.crud import actions, covered, events
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import (
    DurationField,
    LineField,
    LocalDateTimeField,
    TextField,
    choice,
    written_duration,
)
from coverage_app.web.crud.list_filters import Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount

DIRECTION_NAMES = {"out": _l("We called"), "in": _l("They called")}
DIRECTIONS = [SelectChoice(*named) for named in DIRECTION_NAMES.items()]


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


def _defaults() -> dict[str, Any]:
    return {
        "entity_id": covered.asked_id("contact"),
        "called_at": utcnow().replace(second=0),
        "responsible_user_id": current_user.id,
    }


def _title(call: Call) -> str:
    return call.contact.name


pages = actions.add_done(
    mount(
        RecordPages(
            name=CALL.folder,
            model=Call,
            form=CallForm,
            labels=Labels(
                many=_l("Calls"),
                new=_l("New call"),
                edit=_l("Edit call"),
                saved=_l("Call saved."),
                deleted=_l("Call deleted. Its reminders were taken back."),
                search=_l("Search by name, telephone or text"),
            ),
            service=covered.CoveredRecords(CALL),
            listing=listings.CALLS,
            narrowing=Narrowing(
                orders={
                    "newest": _l("Newest first"),
                    "oldest": _l("Oldest first"),
                    "next_call": _l("Nearest next call first"),
                    "next_call_last": _l("Latest next call first"),
                },
                when_label=_l("When the call was"),
            ),
            columns=(
                ExportColumn(_l("When"), lambda call: call.called_at),
                *covered.CONTACT_COLUMNS,
                ExportColumn(_l("Who called"), lambda call: DIRECTION_NAMES[call.direction]),
                ExportColumn(_l("Telephone of this call"), lambda call: call.phone),
                ExportColumn(_l("Duration"), lambda call: written_duration(call.duration)),
                ExportColumn(_l("Result"), lambda call: call.result),
                ExportColumn(_l("Note"), lambda call: call.note),
                ExportColumn(_l("Next call"), lambda call: call.proxima_llamada_fecha),
                ExportColumn(_l("Next call done"), lambda call: call.proxima_llamada_done_at),
                ExportColumn(_l("Next action"), lambda call: call.proxima_accion_fecha),
                ExportColumn(_l("What is to be done"), lambda call: call.proxima_accion),
                ExportColumn(_l("Next action done"), lambda call: call.proxima_accion_done_at),
                *covered.PEOPLE_COLUMNS,
            ),
            context=partial(events.context, CALL),
            defaults=_defaults,
            after_save=partial(events.flash_saved, CALL),
            title=_title,
            importable=True,
        )
    ),
    CALL,
)
