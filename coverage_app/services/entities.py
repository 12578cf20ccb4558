"""What can be covered, declared as data: which columns of a record hold its dates, its people and its contact."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import inspect

from coverage_app.enums import EntityType, EventKind
from coverage_app.models import Call, Covered, LeadOpportunity, PipelineStage, Task
from coverage_app.services.entity_columns import Column, Event, Owner

CoveredModel = type[Covered]  # named here: inside Entity, ``type`` is a field


@dataclass(frozen=True, eq=False)
class Entity:
    """A kind of record that can be covered. ``events`` are its dates, in the order in which people meet them.

    ``folder`` is where its pages live, so that a mail can link to them without a request; ``note_column`` what a
    reminder quotes; ``owner`` what its records may belong to. What the columns say themselves is read from them.
    """

    type: EntityType
    folder: str
    model: CoveredModel
    events: tuple[Event, ...]
    note_column: Column[str | None] | None = None
    owner: Owner | None = None

    def event(self, kind: str) -> Event:
        return next(event for event in self.events if event.kind == kind)

    def note_of(self, record: Covered) -> str | None:
        return self.note_column.of(record) if self.note_column else None

    @cached_property
    def responsible(self) -> str:
        """The contract's name of the column that holds the responsible's id."""
        return self._column_of("responsible_id")

    @cached_property
    def cover(self) -> str:
        """The contract's name of the column that holds the covering colleague's id."""
        return self._column_of("cover_id")

    @cached_property
    def contact(self) -> str:
        """The contract's name of the column that holds the contact's id."""
        return self._column_of("contact_id")

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The columns that a new record must be given. (Its responsible is whoever makes it, unless named.)"""
        columns = inspect(self.model).local_table.columns
        given = [column.name for column in columns if not column.nullable and column.default is None]
        return tuple(name for name in given if name != self.responsible)

    @cached_property
    def unique(self) -> tuple[str, ...]:
        """The columns in which no two records may have the same."""
        return tuple(column.name for column in inspect(self.model).local_table.columns if column.unique)

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The vocabulary of each column that has a fixed one."""
        columns = inspect(self.model).local_table.columns
        return {column.name: column.info["choices"] for column in columns if "choices" in column.info}

    def _column_of(self, attribute: str) -> str:
        synonym = inspect(self.model).synonyms.get(attribute)
        return synonym.name if synonym else attribute


CALL = Entity(
    type=EntityType.CALL,
    folder="calls",
    model=Call,
    events=(
        Event(EventKind.NEXT_CALL, Column(Call.proxima_llamada_fecha), Column(Call.proxima_llamada_done_at)),
        Event(
            EventKind.NEXT_ACTION,
            Column(Call.proxima_accion_fecha),
            Column(Call.proxima_accion_done_at),
            title_column=Column(Call.proxima_accion),
        ),
    ),
    note_column=Column(Call.note),
)

TASK = Entity(
    type=EntityType.TASK,
    folder="tasks",
    model=Task,
    events=(
        Event(
            EventKind.TASK_DUE,
            Column(Task.complete_till),
            Column(Task.completed_at),
            title_column=Column(Task.text),
            flag_column=Column(Task.is_completed),
        ),
    ),
)

PIPELINE_ACTION = Entity(
    type=EntityType.PIPELINE_ACTION,
    folder="pipeline",
    model=PipelineStage,
    events=(
        Event(
            EventKind.STAGE_NEXT_ACTION,
            Column(PipelineStage.next_action_due_date),
            Column(PipelineStage.next_action_done_at),
            title_column=Column(PipelineStage.next_action_type),
        ),
    ),
    note_column=Column(PipelineStage.next_action_description),
    owner=Owner(LeadOpportunity, Column(PipelineStage.opportunity_id)),
)

OPPORTUNITY = Entity(
    type=EntityType.OPPORTUNITY,
    folder="opportunities",
    model=LeadOpportunity,
    events=(
        Event(
            EventKind.OPPORTUNITY_FOLLOW_UP,
            Column(LeadOpportunity.next_follow_up_date),
            Column(LeadOpportunity.next_follow_up_done_at),
            title_column=Column(LeadOpportunity.name),
            ended_column=Column(LeadOpportunity.closed_at),
        ),
    ),
)

ENTITIES = {entity.type: entity for entity in (CALL, TASK, PIPELINE_ACTION, OPPORTUNITY)}
