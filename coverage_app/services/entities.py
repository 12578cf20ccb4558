"""What can be covered, declared as data: which columns of a record hold its dates, its people and its contact."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coverage_app.enums import EntityType, EventKind, OpportunityStatus, StageName
from coverage_app.models import Call, LeadOpportunity, PipelineStage, Task


@dataclass(frozen=True)
class Event:
    """One date of an entity: the columns of its due time, of its done mark and (if any) of what it is about.

    ``flag`` is a boolean column that says the same as the done mark; ``ended`` a column that, when set,
    ends the event from outside (an opportunity that was won).
    """

    kind: EventKind
    due: str
    done: str
    title: str | None = None
    flag: str | None = None
    ended: str | None = None

    def done_at(self, record: Any) -> datetime | None:
        """When this event of ``record`` stopped being open, or None."""
        return getattr(record, self.done) or (getattr(record, self.ended) if self.ended else None)

    def mark(self, record: Any, at: datetime | None) -> None:
        """Set or clear the done mark."""
        setattr(record, self.done, at)
        if self.flag:
            setattr(record, self.flag, at is not None)


@dataclass(frozen=True, eq=False)
class Entity:
    """Columns of a covered record. ``events`` are its dates, in the order in which people meet them;
    ``folder`` is where its pages live, so that a mail can link to them without a request.

    ``needed`` are the columns that are never empty, ``choices`` those with a fixed vocabulary,
    ``alone`` those that no two records may share, ``through`` (column, model) a record this one may belong
    to, whose contact is then its own. ``settle`` makes columns that say the same agree after a change.
    """

    type: EntityType
    folder: str
    model: Any
    events: tuple[Event, ...]
    responsible: str
    cover: str
    contact: str
    note: str | None = None
    needed: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    through: tuple[str, Any] | None = None
    settle: Callable[[Any, datetime], None] = lambda _record, _now: None

    def event(self, kind: str) -> Event:
        return next(event for event in self.events if event.kind == kind)


def _settle_task(task: Task, now: datetime) -> None:
    if task.is_completed != (task.completed_at is not None):
        task.completed_at = now if task.is_completed else None


def _settle_opportunity(opportunity: LeadOpportunity, now: datetime) -> None:
    is_open = opportunity.status == OpportunityStatus.OPEN
    if is_open != (opportunity.closed_at is None):
        opportunity.closed_at = None if is_open else now


CALL = Entity(
    type=EntityType.CALL,
    folder="calls",
    model=Call,
    events=(
        Event(EventKind.NEXT_CALL, "proxima_llamada_fecha", "proxima_llamada_done_at"),
        Event(EventKind.NEXT_ACTION, "proxima_accion_fecha", "proxima_accion_done_at", title="proxima_accion"),
    ),
    responsible="responsible_user_id",
    cover="coverage_user_id",
    contact="entity_id",
    note="note",
    needed=("entity_id", "called_at"),
    choices={"direction": ("in", "out")},
)

TASK = Entity(
    type=EntityType.TASK,
    folder="tasks",
    model=Task,
    events=(Event(EventKind.TASK_DUE, "complete_till", "completed_at", title="text", flag="is_completed"),),
    responsible="responsible_user_id",
    cover="coverage_user_id",
    contact="entity_id",
    needed=("text",),
    settle=_settle_task,
)

PIPELINE_ACTION = Entity(
    type=EntityType.PIPELINE_ACTION,
    folder="pipeline",
    model=PipelineStage,
    events=(
        Event(EventKind.STAGE_NEXT_ACTION, "next_action_due_date", "next_action_done_at", title="next_action_type"),
    ),
    responsible="next_action_responsible_id",
    cover="next_action_coverage_user_id",
    contact="contact_id",
    note="next_action_description",
    choices={"stage_name": tuple(StageName)},
    alone=("opportunity_id", "contact_id"),
    through=("opportunity_id", LeadOpportunity),
)

OPPORTUNITY = Entity(
    type=EntityType.OPPORTUNITY,
    folder="opportunities",
    model=LeadOpportunity,
    events=(
        Event(
            EventKind.OPPORTUNITY_FOLLOW_UP,
            "next_follow_up_date",
            "next_follow_up_done_at",
            title="name",
            ended="closed_at",
        ),
    ),
    responsible="assigned_to_id",
    cover="coverage_user_id",
    contact="contact_id",
    needed=("name",),
    choices={"status": tuple(OpportunityStatus)},
    settle=_settle_opportunity,
)

ENTITIES = {entity.type: entity for entity in (CALL, TASK, PIPELINE_ACTION, OPPORTUNITY)}
