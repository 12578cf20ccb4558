"""What people call the columns of every record, each said once: by its form, lists, export and history.

Templates have this module as ``column_labels``.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from coverage_app.enums import EntityType, RecordKind
from coverage_app.web.present import labels
from coverage_app.web.present.labels import Words

# Every covered record has these, under names of its own.
ABOUT, OWNER, COVER = _l("Contact"), _l("Owner"), _l("Cover")

CALL: Words = {
    "entity_id": ABOUT,
    "called_at": _l("When"),
    "direction": _l("Who called"),
    "phone": _l("Telephone of this call"),
    "duration": _l("Duration"),
    "result": _l("Result"),
    "note": _l("Note"),
    "proxima_llamada_fecha": _l("Next call"),
    "proxima_llamada_done_at": _l("Next call done"),
    "proxima_accion_fecha": _l("Next action"),
    "proxima_accion": _l("What is to be done"),
    "proxima_accion_done_at": _l("Next action done"),
    "responsible_user_id": OWNER,
    "coverage_user_id": COVER,
}
TASK: Words = {
    "text": _l("What is to be done"),
    "entity_id": ABOUT,
    "complete_till": _l("To be done by"),
    "is_completed": _l("Done"),
    "completed_at": _l("Done"),
    "responsible_user_id": OWNER,
    "coverage_user_id": COVER,
}
STAGE: Words = {
    "opportunity_id": _l("Opportunity"),
    "contact_id": ABOUT,
    "stage_name": _l("Stage"),
    "next_action_type": _l("Next action"),
    "next_action_description": _l("Description"),
    "next_action_due_date": _l("To be done by"),
    "next_action_done_at": _l("Done"),
    "next_action_responsible_id": OWNER,
    "next_action_coverage_user_id": COVER,
}
OPPORTUNITY: Words = {
    "name": _l("Name"),
    "contact_id": ABOUT,
    "status": _l("Status"),
    "closed_at": _l("Won or lost on"),
    "next_follow_up_date": _l("Next follow-up"),
    "next_follow_up_done_at": _l("Done"),
    "assigned_to_id": OWNER,
    "coverage_user_id": COVER,
}
CONTACT: Words = {"name": _l("Name"), "phone": _l("Telephone"), "email": _l("E-mail"), "note": _l("Note")}
PERSON: Words = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "role": _l("Role"),
    "locale": _l("Language"),
    "timezone": _l("Time zone"),
    "is_active": _l("Active"),
}
BY_KIND: Mapping[str, Words] = {
    EntityType.CALL: CALL,
    EntityType.TASK: TASK,
    EntityType.PIPELINE_ACTION: STAGE,
    EntityType.OPPORTUNITY: OPPORTUNITY,
    RecordKind.CONTACT: CONTACT,
    RecordKind.USER: PERSON,
}
# The vocabularies of those columns that have one.
VALUES: Mapping[tuple[str, str], Words] = {
    (EntityType.CALL, "direction"): labels.DIRECTIONS,
    (EntityType.PIPELINE_ACTION, "stage_name"): labels.STAGES,
    (EntityType.OPPORTUNITY, "status"): labels.OPPORTUNITY_STATUSES,
    (RecordKind.USER, "role"): labels.ROLES,
    (RecordKind.USER, "locale"): labels.LANGUAGES,
}
