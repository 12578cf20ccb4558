"""Who covers what, from now on."""

from typing import Any

from coverage_app.api.blueprint import Operation, add
from coverage_app.api.fields import Choice, Id, Moment, Text
from coverage_app.api.paging import paged
from coverage_app.api.schemas import Paged, Stamps, page_of
from coverage_app.clock import utcnow
from coverage_app.enums import CoverageSource, EntityType, EventKind
from coverage_app.services.queries import api_lists
from coverage_app.services.values import Values


class CoverageSchema(Stamps):
    entity_type = Choice(EntityType, required=True)
    entity_id = Id(required=True)
    event_kind = Choice(EventKind, required=True)
    due_at = Moment(required=True)
    responsible_user_id = Id(required=True)
    coverage_user_id = Id(required=True, metadata={"description": "Who in effect covers."})
    coverage_source = Choice(CoverageSource, allow_none=True)
    contact_id = Id(allow_none=True)
    title = Text(200, required=True)


class CoveragesQuery(Paged):
    user = Id(metadata={"description": "Who covers."})
    # «from» is no name that Python takes.
    since = Moment(data_key="from", metadata={"description": "Due at this moment or later; now when absent."})
    to = Moment(metadata={"description": "Due before this moment."})
    kind = Choice(EventKind)


def list_coverages(query: Values) -> Any:
    since = query.get("since") or utcnow()
    conditions = query.get("to"), query.get("user"), query.get("kind")
    return paged(query, lambda cursor, size: api_lists.covered(since, *conditions, cursor, size))


add(
    Operation(
        "GET",
        "/coverages",
        "list_coverages",
        "coverages",
        "List the coming follow-ups that are covered, the nearest first",
        page_of(CoverageSchema),
        query=CoveragesQuery,
    ),
    list_coverages,
)
