"""The fixed vocabularies, as data: what can be covered, what is remembered of a reminder, what pages show."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LOCALES = ("es", "en")


class EntityType(StrEnum):
    """A record that carries dates which somebody must keep."""

    CALL = "call"
    TASK = "task"
    PIPELINE_ACTION = "pipeline_action"
    OPPORTUNITY = "opportunity"


class EventKind(StrEnum):
    """Which of an entity's dates a follow-up stands for."""

    NEXT_CALL = "next_call"
    NEXT_ACTION = "next_action"
    TASK_DUE = "task_due"
    STAGE_NEXT_ACTION = "stage_next_action"
    OPPORTUNITY_FOLLOW_UP = "opportunity_follow_up"


class Status(StrEnum):
    """Where a reminder stands: docs/contract.md#statuses-of-a-reminder."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a reminder was deliberately not sent; kept in ``last_error``."""

    SUPERSEDED = "superseded"
    CHANGED = "changed"
    EVENT_PASSED = "event_passed"
    NO_EMAIL = "no_email"
    USER_INACTIVE = "user_inactive"


class OpportunityStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class StageName(StrEnum):
    """Where an opportunity stands in the pipeline, in the order in which it moves."""

    NEW = "new"
    CONTACTED = "contacted"
    MEETING = "meeting"
    PROPOSAL = "proposal"
    CONTRACT = "contract"
    CLOSED = "closed"


class Action(StrEnum):
    """What somebody did to a record, as history keeps it."""

    CREATED = "created"
    UPDATED = "updated"
    COMPLETED = "completed"
    REOPENED = "reopened"
    DELETED = "deleted"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    ERASED = "erased"
    PASSWORD = "password"  # noqa: S105 - that it was changed; never what to
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - of a person; the note says what it was for


class RecordKind(StrEnum):
    """What history keeps beside the entities that can be covered."""

    CONTACT = "contact"
    USER = "user"


class ImportState(StrEnum):
    """Where an import stands: checked line by line first, then, once accepted, written all or nothing."""

    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    WRITING = "writing"
    WRITTEN = "written"
    FAILED = "failed"
    DISCARDED = "discarded"


class CoverageSource(StrEnum):
    """Where the effective covering colleague of a follow-up came from."""

    CHOSEN = "chosen"
    ABSENCE = "absence"


class Role(StrEnum):
    ADMIN = "admin"
    STAFF = "staff"


class ProcessKind(StrEnum):
    """The processes that leave heartbeats."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


class DashboardPeriod(StrEnum):
    """``ALL`` shows the last few overdue ones and everything ahead."""

    ALL = "all"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    OVERDUE = "overdue"


class CalendarShape(StrEnum):
    MONTH = "month"
    WEEK = "week"
    AGENDA = "agenda"


@dataclass(frozen=True)
class Offset:
    """A lead time: ``label`` is its ``notification_type``, ``before`` the elapsed time ahead of the event."""

    label: str
    before: timedelta
