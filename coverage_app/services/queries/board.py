"""The pipeline as a board: the first cards of every stage, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, union_all

from coverage_app.enums import StageName
from coverage_app.extensions import db
from coverage_app.models import PipelineStage
from coverage_app.services.queries.listing import Asked, narrowed
from coverage_app.services.queries.lists import STAGES

CARDS = 15
NEAREST = (PipelineStage.next_action_due_date.asc().nullslast(), PipelineStage.id)


@dataclass(frozen=True)
class Column:
    """One stage: its cards, the nearest due first, those without a date last; ``number`` counts all there are."""

    stage: StageName
    cards: Sequence[Any]
    number: int


def columns(asked: Asked) -> list[Column]:
    """Every stage, in the order of the work. Two questions, however much there is."""
    ids = narrowed(STAGES, asked).with_only_columns(PipelineStage.id, PipelineStage.stage_name)
    first = [
        select(ids.where(PipelineStage.stage_name == stage).order_by(*NEAREST).limit(CARDS).subquery().c.id)
        for stage in StageName
    ]
    shown = union_all(*first).subquery()
    cards = db.session.scalars(STAGES.question.join(shown, shown.c.id == PipelineStage.id).order_by(*NEAREST)).all()
    counted = ids.subquery()
    question = select(counted.c.stage_name, func.count()).group_by(counted.c.stage_name)
    numbers = {row[0]: row[1] for row in db.session.execute(question)}
    return [
        Column(stage, [card for card in cards if card.stage_name == stage], numbers.get(stage, 0))
        for stage in StageName
    ]
