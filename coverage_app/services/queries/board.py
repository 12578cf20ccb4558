"""The pipeline as a board: the first cards of every stage, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all

from coverage_app.enums import StageName
from coverage_app.extensions import db
from coverage_app.models import PipelineStage
from coverage_app.services.queries.coverages import COUNTED
from coverage_app.services.queries.list_query import Criteria, narrowed
from coverage_app.services.queries.listings import STAGES

CARDS = 10
NEAREST = (PipelineStage.next_action_due_date.asc().nullslast(), PipelineStage.id)


@dataclass(frozen=True)
class BoardColumn:
    """One stage: its cards, the nearest due first, those without a date last; ``number`` counts all there
    are, COUNTED + 1 standing for any more."""

    stage: StageName
    cards: Sequence[Any]
    number: int


def columns(criteria: Criteria) -> list[BoardColumn]:
    """Return every stage, in the order of the work. Two queries, neither of which reads a whole table."""
    # Joins that no condition speaks of would keep PostgreSQL from answering out of the index alone.
    joined = STAGES.query if criteria.sought or criteria.contact else select(PipelineStage)
    narrowed_query = narrowed(replace(STAGES, query=joined), criteria)
    ids = narrowed_query.with_only_columns(PipelineStage.id, PipelineStage.next_action_due_date)
    arms = (_first(ids.where(PipelineStage.stage_name == stage), stage) for stage in StageName)
    first = db.session.execute(union_all(*arms)).all()
    query = STAGES.query.where(PipelineStage.id.in_([row.id for row in first]))
    cards = db.session.scalars(query.order_by(*NEAREST)).all()
    numbers = {row.stage: row.number for row in first}
    return [
        BoardColumn(stage, [card for card in cards if card.stage_name == stage], numbers.get(stage, 0))
        for stage in StageName
    ]


def _first(ids: Select[UUID, datetime | None], stage: StageName) -> Select[Any]:
    """The ids of a stage's first cards, each with how many there are; the database stops counting after COUNTED + 1."""
    some = ids.order_by(*NEAREST).limit(COUNTED + 1).subquery()
    nearest = (some.c.next_action_due_date.asc().nullslast(), some.c.id)
    cards = select(some.c.id, literal(stage).label("stage"), func.count().over().label("number"))
    return select(cards.order_by(*nearest).limit(CARDS).subquery())
