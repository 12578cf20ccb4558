"""Tasks: something to be done by a date."""

from coverage_app.api.fields import Body, Flag, Id, Moment, Text
from coverage_app.api.resources import CoveredResources, Resource, mount
from coverage_app.api.schemas import VersionedSchema
from coverage_app.enums import EventKind
from coverage_app.models import Task
from coverage_app.services.entities import TASK
from coverage_app.services.sanitize import MAX_NOTE


class TaskFields(Body):
    text = Text(MAX_NOTE, least=1)
    entity_id = Id(allow_none=True, metadata={"description": "The contact."})
    responsible_user_id = Id()
    coverage_user_id = Id(allow_none=True)
    complete_till = Moment(allow_none=True)
    is_completed = Flag()


class TaskCreate(TaskFields):
    text = Text(MAX_NOTE, least=1, required=True)


class TaskUpdate(TaskFields):
    pass


class TaskSchema(VersionedSchema, TaskFields):
    completed_at = Moment(allow_none=True)


mount(
    Resource(
        one="task",
        many="tasks",
        path="/crm/tasks",
        model=Task,
        service=CoveredResources(TASK, marks={"is_completed": EventKind.TASK_DUE}),
        shown=TaskSchema,
        made=TaskCreate,
        changed=TaskUpdate,
        example={"text": "Presentar el recurso", "complete_till": "2026-12-03T17:00:00+01:00"},
    )
)
