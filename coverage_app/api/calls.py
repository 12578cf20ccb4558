"""Calls: what was discussed on the telephone, and what follows from it."""

from datetime import datetime

from coverage_app.api.fields import Body, Choice, Flag, Id, Moment, Text, Whole
from coverage_app.api.resources import CoveredResources, Resource, mount
from coverage_app.api.schemas import VersionedSchema
from coverage_app.enums import EventKind
from coverage_app.models import Call
from coverage_app.services.entities import CALL
from coverage_app.services.validation import MAX_INTEGER


class CallFields(Body):
    entity_id = Id(metadata={"description": "The contact."})
    responsible_user_id = Id()
    coverage_user_id = Id(allow_none=True, metadata={"description": "Who covers both dates: an active colleague."})
    proxima_llamada_fecha = Moment(allow_none=True)
    proxima_accion_fecha = Moment(allow_none=True)
    proxima_accion = Text(200, allow_none=True, metadata={"description": "What is to be done then."})
    called_at = Moment()
    direction = Choice(CALL.choices["direction"])
    phone = Text(40, allow_none=True)
    duration = Whole(0, MAX_INTEGER, allow_none=True, metadata={"description": "Seconds."})
    result = Text(200, allow_none=True)
    note = Text(allow_none=True)


class CallCreate(CallFields):
    entity_id = Id(required=True, metadata={"description": "The contact."})


class CallUpdate(CallFields):
    proxima_llamada_done = Flag()
    proxima_accion_done = Flag()


class CallSchema(VersionedSchema, CallFields):
    proxima_llamada_done_at = Moment(allow_none=True)
    proxima_accion_done_at = Moment(allow_none=True)


def _defaults(now: datetime) -> dict[str, datetime]:
    return {"called_at": now}


mount(
    Resource(
        one="call",
        many="calls",
        path="/crm/calls",
        model=Call,
        service=CoveredResources(
            CALL,
            marks={"proxima_llamada_done": EventKind.NEXT_CALL, "proxima_accion_done": EventKind.NEXT_ACTION},
        ),
        shown=CallSchema,
        made=CallCreate,
        changed=CallUpdate,
        example={
            "entity_id": "11111111-1111-4111-8111-111111111111",
            "proxima_llamada_fecha": "2026-12-03T10:00:00Z",
            "coverage_user_id": "22222222-2222-4222-8222-222222222222",
        },
        defaults=_defaults,
    )
)
