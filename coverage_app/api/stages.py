"""The pipeline: the present stage of an opportunity or a contact, and its next action."""

from coverage_app.api.fields import Body, Choice, Flag, Id, Moment, Text
from coverage_app.api.resources import CoveredResources, Resource, mount, mount_change
from coverage_app.api.schemas import VersionedSchema
from coverage_app.enums import EventKind, StageName
from coverage_app.models import PipelineStage
from coverage_app.services.entities import PIPELINE_ACTION

PATH = "/pipeline/stages"


class NextActionFields(Body):
    next_action_type = Text(120, allow_none=True)
    next_action_description = Text(allow_none=True)
    next_action_responsible_id = Id()
    next_action_due_date = Moment(allow_none=True)
    next_action_coverage_user_id = Id(allow_none=True)


class NextActionUpdate(NextActionFields):
    next_action_done = Flag()


class PipelineStageFields(NextActionFields):
    opportunity_id = Id(allow_none=True)
    contact_id = Id(allow_none=True, metadata={"description": "Needed where there is no opportunity."})
    stage_name = Choice(StageName)


class PipelineStageCreate(PipelineStageFields):
    pass


class PipelineStageUpdate(PipelineStageFields):
    next_action_done = Flag()


class PipelineStageSchema(VersionedSchema, PipelineStageFields):
    next_action_done_at = Moment(allow_none=True)


views = mount(
    Resource(
        one="stage",
        many="stages",
        path=PATH,
        model=PipelineStage,
        service=CoveredResources(PIPELINE_ACTION, marks={"next_action_done": EventKind.STAGE_NEXT_ACTION}),
        shown=PipelineStageSchema,
        made=PipelineStageCreate,
        changed=PipelineStageUpdate,
        example={
            "contact_id": "11111111-1111-4111-8111-111111111111",
            "stage_name": "meeting",
            "next_action_type": "Reunión",
            "next_action_due_date": "2026-12-03T10:00:00Z",
            "next_action_coverage_user_id": "22222222-2222-4222-8222-222222222222",
        },
    )
)
mount_change(
    views,
    f"{PATH}/<uuid:record_id>/next-action",
    "update_next_action",
    "Change the next action of a stage: absent fields are left alone, null clears",
    NextActionUpdate,
)
