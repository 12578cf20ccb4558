"""What people call the values of every fixed vocabulary, each said once. Templates have this module as ``labels``."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from coverage_app.enums import (
    Action,
    CalendarShape,
    DashboardPeriod,
    EntityType,
    EventKind,
    ImportState,
    OpportunityStatus,
    RecordKind,
    Role,
    SkipReason,
    StageName,
    Status,
)
from coverage_app.services.health.checks import Component
from coverage_app.services.queries import people
from coverage_app.services.queries.coverages import View
from coverage_app.services.queries.list_query import State

Words = Mapping[str, LazyString | str]

RECORD_KINDS: Words = {
    EntityType.CALL: _l("Call"),
    EntityType.TASK: _l("Task"),
    EntityType.PIPELINE_ACTION: _l("Pipeline stage"),
    EntityType.OPPORTUNITY: _l("Opportunity"),
    RecordKind.CONTACT: _l("Contact"),
    RecordKind.USER: _l("Colleague"),
}
# Short, as on the dashboard; in full, with a title, they are services.emails.reminder.event_name.
EVENT_KINDS: Words = {
    EventKind.NEXT_CALL: _l("Call"),
    EventKind.NEXT_ACTION: _l("Action"),
    EventKind.TASK_DUE: _l("Task"),
    EventKind.STAGE_NEXT_ACTION: _l("Pipeline"),
    EventKind.OPPORTUNITY_FOLLOW_UP: _l("Opportunity"),
}
REMINDER_STATUSES: Words = {
    Status.PENDING: _l("Planned"),
    Status.SENDING: _l("Being sent"),
    Status.SENT: _l("Sent"),
    Status.FAILED: _l("Failed"),
    Status.SKIPPED: _l("Not sent"),
}
SKIP_REASONS: Words = {
    SkipReason.SUPERSEDED: _l("a later reminder of the same event took its place"),
    SkipReason.CHANGED: _l("it was moved, done, deleted or given to somebody else"),
    SkipReason.EVENT_PASSED: _l("the date had passed too long ago"),
    SkipReason.NO_EMAIL: _l("the cover has no usable e-mail address"),
    SkipReason.USER_INACTIVE: _l("the cover is no longer active"),
}
# The engine's own words for what no server said; what a server said is shown as it was said.
FAILURES: Words = {
    "no_outcome": _l("it was begun five times and never came to an end"),
    "cannot_be_made": _l("the mail could not be written"),
}
DIRECTIONS: Words = {"out": _l("We called"), "in": _l("They called")}
STAGES: Words = {
    StageName.NEW: _l("New"),
    StageName.CONTACTED: _l("Contacted"),
    StageName.MEETING: _l("Meeting"),
    StageName.PROPOSAL: _l("Proposal"),
    StageName.CONTRACT: _l("Contract"),
    StageName.CLOSED: _l("Closed"),
}
OPPORTUNITY_STATUSES: Words = {
    OpportunityStatus.OPEN: _l("Open"),
    OpportunityStatus.WON: _l("Won"),
    OpportunityStatus.LOST: _l("Lost"),
}
ACTIONS: Words = {
    Action.CREATED: _l("Added"),
    Action.UPDATED: _l("Changed"),
    Action.COMPLETED: _l("Marked as done"),
    Action.REOPENED: _l("Opened again"),
    Action.DELETED: _l("Deleted"),
    Action.ERASED: _l("Erased for ever"),
    Action.DEACTIVATED: _l("Deactivated"),
    Action.REACTIVATED: _l("Reactivated"),
    Action.PASSWORD: _l("New password"),
    Action.TOKEN_REVOKED: _l("Token revoked"),
}
IMPORT_STATES: Words = {
    ImportState.WAITING: _l("Waiting"),
    ImportState.CHECKING: _l("Being checked"),
    ImportState.CHECKED: _l("Checked"),
    ImportState.WRITING: _l("Being written"),
    ImportState.WRITTEN: _l("Written"),
    ImportState.FAILED: _l("Failed"),
    ImportState.DISCARDED: _l("Discarded"),
}
ROLES: Words = {Role.STAFF: _l("Staff"), Role.ADMIN: _l("Administrator")}
LANGUAGES: Words = {"es": "Español", "en": "English"}
PERSON_STATES: Words = {people.ACTIVE: _l("Active"), people.INACTIVE: _l("Inactive")}
COMPONENTS: Words = {
    Component.DATABASE: _l("Database"),
    Component.MIGRATIONS: _l("Its tables"),
    Component.WORKER: _l("Sending (worker)"),
    Component.SCHEDULER: _l("Keeping the time (scheduler)"),
    Component.PUNCTUALITY: _l("Punctuality"),
    Component.MAIL: _l("Mail server"),
    Component.CLOCKS: _l("Clocks"),
    Component.REDIS: _l("Alarm clock (Redis)"),
}
SMTP_SECURITY: Words = {"starttls": "STARTTLS", "tls": "TLS", "none": _l("not encrypted")}

# What an address asks for.
VIEWS: Words = {View.MINE: _l("I cover"), View.FOR_ME: _l("They cover me"), View.ALL: _l("Whole team")}
PERIODS: Words = {
    DashboardPeriod.ALL: _l("Overdue and ahead"),
    DashboardPeriod.TODAY: _l("Today"),
    DashboardPeriod.WEEK: _l("Next 7 days"),
    DashboardPeriod.MONTH: _l("Next 30 days"),
    DashboardPeriod.OVERDUE: _l("Overdue"),
}
SHAPES: Words = {CalendarShape.MONTH: _l("Month"), CalendarShape.WEEK: _l("Week"), CalendarShape.AGENDA: _l("Agenda")}
STATES: Words = {State.ALL: _l("All"), State.OPEN: _l("To be done"), State.DONE: _l("Done")}
