"""Return the version of each record that the follow-ups come from, by record id."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, union_all

from coverage_app.enums import EntityType
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.services.entities import ENTITIES


def of_records(follow_ups: Iterable[FollowUp]) -> dict[UUID, int]:
    """The version of each record that the follow-ups come from, by its id."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for row in follow_ups:
        ids[row.entity_type].add(row.entity_id)
    if not ids:
        return {}
    models = {ENTITIES[EntityType(kind)].model: wanted for kind, wanted in ids.items()}
    parts = [select(model.id, model.version).where(model.id.in_(wanted)) for model, wanted in models.items()]
    return {row.id: row.version for row in db.session.execute(union_all(*parts))}
