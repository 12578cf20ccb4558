"""Calls: what was said on the telephone, and what was promised in it."""

from functools import partial

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import InputRequired

from coverage_app.clock import utcnow
from coverage_app.models import Call
from coverage_app.services.entities import CALL
from coverage_app.services.queries import listings
from coverage_app.services.values import Values
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
from coverage_app.web.present.column_labels import CALL as COLUMNS
from coverage_app.web.present.labels import DIRECTIONS


class CallForm(covered.CoveredForm):
    entity = CALL

    entity_id = covered.contact_field()
    called_at = LocalDateTimeField(COLUMNS["called_at"], [InputRequired(_l("Write when the call was."))])
    direction = choice(COLUMNS["direction"], _l("Say who called."), DIRECTIONS)
    phone = LineField(COLUMNS["phone"])
    duration = DurationField(COLUMNS["duration"])
    result = LineField(COLUMNS["result"])
    note = TextField(COLUMNS["note"])
    proxima_llamada_fecha = LocalDateTimeField(COLUMNS["proxima_llamada_fecha"])
    proxima_accion_fecha = LocalDateTimeField(COLUMNS["proxima_accion_fecha"])
    proxima_accion = LineField(COLUMNS["proxima_accion"])
    responsible_user_id = covered.owner_field()
    coverage_user_id = covered.cover_field()


def _defaults() -> Values:
    return {
        "entity_id": covered.id_from_query("contact"),
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
                ExportColumn(COLUMNS["called_at"], lambda call: call.called_at),
                *covered.CONTACT_COLUMNS,
                ExportColumn(COLUMNS["direction"], lambda call: DIRECTIONS[call.direction]),
                ExportColumn(COLUMNS["phone"], lambda call: call.phone),
                ExportColumn(COLUMNS["duration"], lambda call: written_duration(call.duration)),
                ExportColumn(COLUMNS["result"], lambda call: call.result),
                ExportColumn(COLUMNS["note"], lambda call: call.note),
                ExportColumn(COLUMNS["proxima_llamada_fecha"], lambda call: call.proxima_llamada_fecha),
                ExportColumn(COLUMNS["proxima_llamada_done_at"], lambda call: call.proxima_llamada_done_at),
                ExportColumn(COLUMNS["proxima_accion_fecha"], lambda call: call.proxima_accion_fecha),
                ExportColumn(COLUMNS["proxima_accion"], lambda call: call.proxima_accion),
                ExportColumn(COLUMNS["proxima_accion_done_at"], lambda call: call.proxima_accion_done_at),
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
