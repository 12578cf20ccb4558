"""Opportunities: work that a contact may give the firm."""

from coverage_app.api.fields import Body, Choice, Flag, Id, Moment, Text
from coverage_app.api.resources import CoveredResources, Resource, mount
from coverage_app.api.schemas import VersionedSchema
from coverage_app.enums import EventKind, OpportunityStatus
from coverage_app.models import LeadOpportunity
from coverage_app.services.entities import OPPORTUNITY


class OpportunityFields(Body):
    name = Text(200, least=1)
    contact_id = Id(allow_none=True)
    status = Choice(OpportunityStatus)
    assigned_to_id = Id()
    coverage_user_id = Id(allow_none=True)
    next_follow_up_date = Moment(allow_none=True)


class OpportunityCreate(OpportunityFields):
    name = Text(200, least=1, required=True)


class OpportunityUpdate(OpportunityFields):
    next_follow_up_done = Flag()


class OpportunitySchema(VersionedSchema, OpportunityFields):
    closed_at = Moment(allow_none=True)
    next_follow_up_done_at = Moment(allow_none=True)


mount(
    Resource(
        one="opportunity",
        many="opportunities",
        path="/opportunities",
        model=LeadOpportunity,
        service=CoveredResources(OPPORTUNITY, marks={"next_follow_up_done": EventKind.OPPORTUNITY_FOLLOW_UP}),
        shown=OpportunitySchema,
        made=OpportunityCreate,
        changed=OpportunityUpdate,
        example={"name": "Reagrupación familiar", "next_follow_up_date": "2026-12-03T10:00:00Z"},
    )
)
