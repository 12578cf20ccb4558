"""What is particular to opportunities and their stage: one follows the other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.errors import Conflict, FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, LeadOpportunity, PipelineStage, Task
from coverage_app.models import Reminder as Row
from coverage_app.services import contacts, records
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.services.test_concurrency import together

NOW = utcnow().replace(microsecond=0)
LATER = NOW + timedelta(hours=25)


@pytest.fixture
def opportunity(app: Flask, people: People, contact: Contact) -> UUID:
    """Open, covered by Bea, to be followed up tomorrow; in the pipeline, with a covered next action."""
    given: dict[str, Any] = {"name": "Nacionalidad", "contact_id": contact.id, "next_follow_up_date": LATER}
    made = records.create(
        OPPORTUNITY, uuid4(), given | {"coverage_user_id": people.cover.id}, by=people.responsible, now=NOW
    )
    stage = {
        "opportunity_id": made.record.id,
        "next_action_type": "Reunión",
        "next_action_due_date": LATER,
        "next_action_coverage_user_id": people.cover.id,
    }
    records.create(PIPELINE_ACTION, uuid4(), stage, by=people.responsible, now=NOW)
    return made.record.id


def test_a_stage_speaks_of_its_opportunitys_contact(opportunity: UUID, contact: Contact, stored: Any) -> None:
    stage = FollowUp.event_kind == "stage_next_action"
    assert stored(select(FollowUp.contact_id).where(stage)) == [contact.id]
    assert stored(select(Row.subject).where(Row.event_kind == "stage_next_action"))[0].startswith(
        "Recordatorio: Próxima acción: Reunión - María Pérez en "
    )


def test_another_contact_of_the_opportunity_reaches_its_stage(opportunity: UUID, people: People, stored: Any) -> None:
    other = contacts.create(uuid4(), {"name": "Ahmed Benali"}, by=people.responsible, now=NOW)
    records.save(OPPORTUNITY, opportunity, {"contact_id": other.id}, by=people.responsible, now=NOW)
    assert set(stored(select(FollowUp.contact_id))) == {other.id}


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_closed_opportunity_is_followed_up_no_more(
    status: str, opportunity: UUID, people: People, stored: Any
) -> None:
    def waiting() -> int:
        return len(stored(select(Row).where(Row.entity_type == "opportunity")))

    records.save(OPPORTUNITY, opportunity, {"status": status}, by=people.responsible, now=NOW)
    assert waiting() == 0
    records.save(OPPORTUNITY, opportunity, {"status": "open"}, by=people.responsible, now=NOW)
    assert waiting() == 3


@BOTH_DATABASES
def test_deleting_an_opportunity_deletes_its_stage(opportunity: UUID, people: People, stored: Any) -> None:
    records.delete(OPPORTUNITY, opportunity, by=people.responsible, now=NOW)
    for model in (LeadOpportunity, PipelineStage, FollowUp, Row):
        assert stored(select(model)) == []


@BOTH_DATABASES
def test_an_opportunity_is_in_the_pipeline_once(opportunity: UUID, people: People, contact: Contact) -> None:
    with pytest.raises(FieldError) as refusal:
        records.create(PIPELINE_ACTION, uuid4(), {"opportunity_id": opportunity}, by=people.responsible, now=NOW)
    assert refusal.value.field == "opportunity_id"
    db.session.rollback()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "opportunity_id"),
        ({"opportunity_id": uuid4()}, "opportunity_id"),
        ({"contact_id": uuid4()}, "contact_id"),
        ({"stage_name": "signed"}, "stage_name"),
    ],
)
def test_a_stage_is_of_something_real(changes: dict[str, Any], field: str, people: People, contact: Contact) -> None:
    given = {"contact_id": contact.id} | changes if "stage_name" in changes else changes
    with pytest.raises(FieldError) as refusal:
        records.create(PIPELINE_ACTION, uuid4(), given, by=people.responsible, now=NOW)
    assert refusal.value.field == field
    db.session.rollback()


def test_a_task_marked_completed_knows_since_when(app: Flask, people: People, stored: Any) -> None:
    task = records.create(TASK, uuid4(), {"text": "Pedir cita"}, by=people.responsible, now=NOW).record.id
    records.save(TASK, task, {"is_completed": True}, by=people.responsible, now=NOW)
    assert [(t.is_completed, t.completed_at) for t in stored(select(Task))] == [(True, NOW)]
    records.save(TASK, task, {"is_completed": False}, by=people.responsible, now=NOW)
    assert [(t.is_completed, t.completed_at) for t in stored(select(Task))] == [(False, None)]


def test_a_task_that_is_done_stays_done_when_its_date_is_cleared(app: Flask, people: People, stored: Any) -> None:
    given = {"text": "Pedir cita", "complete_till": LATER}
    task = records.create(TASK, uuid4(), given, by=people.responsible, now=NOW).record.id
    records.complete(TASK, task, "task_due", done=True, by=people.responsible, now=NOW)
    records.save(TASK, task, {"complete_till": None}, by=people.responsible, now=NOW)
    assert [(t.is_completed, t.completed_at) for t in stored(select(Task))] == [(True, NOW)]


@BOTH_DATABASES
def test_two_stages_that_take_one_opportunity_at_once_end_in_a_conflict(
    opportunity: UUID, app: Flask, people: People, stored: Any
) -> None:
    others = [contacts.create(uuid4(), {"name": name}, by=people.responsible, now=NOW) for name in ("Uno", "Dos")]
    free = records.create(OPPORTUNITY, uuid4(), {"name": "Otra"}, by=people.responsible, now=NOW).record.id
    stages = [
        records.create(PIPELINE_ACTION, uuid4(), {"contact_id": other.id}, by=people.responsible, now=NOW).record.id
        for other in others
    ]

    def take(stage: UUID) -> Callable[[], str]:
        def act() -> str:
            try:
                records.save(PIPELINE_ACTION, stage, {"opportunity_id": free}, by=people.responsible, now=NOW)
            except (Conflict, FieldError):
                return "refused"
            return "taken"

        return act

    assert sorted(together(app, [take(stage) for stage in stages])) == ["refused", "taken"]


def test_a_task_says_what_is_to_be_done(app: Flask, people: People) -> None:
    with pytest.raises(FieldError) as refusal:
        records.create(TASK, uuid4(), {"text": " \n "}, by=people.responsible, now=NOW)
    assert refusal.value.field == "text"
    db.session.rollback()


def test_a_contact_with_any_record_is_not_deleted(opportunity: UUID, contact: Contact) -> None:
    assert contacts.references(contact.id) == {"opportunity": 1}
