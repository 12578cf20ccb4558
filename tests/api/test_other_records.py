"""Tasks, stages, opportunities and contacts: the same life as a call's, through the same door."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from coverage_app.models import Contact, PipelineStage, Reminder
from tests.api.conftest import Program, Values, problem, z
from tests.fixtures.people import People

Stored = Callable[..., list[Any]]
# path, column of the date, column of the cover, done mark in a body, done time in the answer
KINDS = {
    "task": ("/api/crm/tasks", "complete_till", "coverage_user_id", "is_completed", "completed_at"),
    "stage": (
        "/api/pipeline/stages",
        "next_action_due_date",
        "next_action_coverage_user_id",
        "next_action_done",
        "next_action_done_at",
    ),
    "opportunity": (
        "/api/opportunities",
        "next_follow_up_date",
        "coverage_user_id",
        "next_follow_up_done",
        "next_follow_up_done_at",
    ),
}


@pytest.fixture
def bodies(people: People, contact: Contact, now: datetime) -> dict[str, Values]:
    """A new record of each kind, two days ahead; Bea covers."""
    due, cover, about = z(now + timedelta(hours=48)), str(people.cover.id), str(contact.id)
    return {
        "task": {"text": "Recurso", "entity_id": about, "complete_till": due, "coverage_user_id": cover},
        "stage": {
            "contact_id": about,
            "stage_name": "meeting",
            "next_action_type": "Reunión",
            "next_action_due_date": due,
            "next_action_coverage_user_id": cover,
        },
        "opportunity": {
            "name": "Reagrupación",
            "contact_id": about,
            "next_follow_up_date": due,
            "coverage_user_id": cover,
        },
    }


def reminders(stored: Stored) -> set[tuple[Any, ...]]:
    row = Reminder
    return {(one.event_due_date, one.coverage_user_id, one.notification_type) for one in stored(select(row))}


def wanted(due: datetime, people: Any) -> set[tuple[Any, ...]]:
    return {(due, people.id, label) for label in ("24h_before", "1h_before", "15min_before")}


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_made_moved_covered_done_and_deleted_with_its_reminders(
    ana: Program, bodies: dict[str, Values], people: People, now: datetime, stored: Stored, kind: str
) -> None:
    path, date, cover, mark, done_at = KINDS[kind]
    answer = ana.post(path, bodies[kind])
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{path}/{made['id']}")
    assert {name: made[name] for name in bodies[kind]} == bodies[kind]
    assert reminders(stored) == wanted(now + timedelta(hours=48), people.cover)

    one, later = f"{path}/{made['id']}", now + timedelta(hours=72)
    ana.patch(one, {date: z(later)})
    assert reminders(stored) == wanted(later, people.cover)
    ana.patch(one, {cover: str(people.outsider.id)})
    assert reminders(stored) == wanted(later, people.outsider)
    assert ana.patch(one, {mark: True}).get_json()[done_at]
    assert reminders(stored) == set()
    assert ana.patch(one, {mark: False}).get_json()[done_at] is None
    assert reminders(stored) == wanted(later, people.outsider)
    assert problem(ana.patch(one, {cover: str(people.responsible.id)})) == (
        422,
        {cover: ["La cobertura tiene que ser alguien distinto del responsable."]},
    )
    assert ana.delete(one).status_code == 204
    assert (reminders(stored), problem(ana.get(one))[0]) == (set(), 404)


def test_next_action_endpoint_accepts_its_own_fields_only(
    ana: Program, bodies: dict[str, Values], people: People, now: datetime, stored: Stored
) -> None:
    bare = ana.post("/api/pipeline/stages", {"contact_id": bodies["stage"]["contact_id"]})
    at = bare.headers["Location"] + "/next-action"
    due = now + timedelta(hours=48)
    action = {"next_action_due_date": z(due), "next_action_coverage_user_id": str(people.cover.id)}
    answer = ana.patch(at, action)
    assert (answer.status_code, answer.get_json()) == (
        200,
        bare.get_json() | action | {"version": 2, "updated_at": answer.get_json()["updated_at"]},
    )
    assert reminders(stored) == wanted(due, people.cover)
    assert problem(ana.patch(at, {"stage_name": "closed"}))[0] == 422
    assert ana.patch(at, {"next_action_done": True}).get_json()["next_action_done_at"]
    assert reminders(stored) == set()
    assert problem(ana.get(at))[0] == 405


def test_a_contact_is_once_in_the_pipeline_and_a_stage_is_of_something(ana: Program, bodies: dict[str, Values]) -> None:
    ana.post("/api/pipeline/stages", bodies["stage"])
    assert problem(ana.post("/api/pipeline/stages", bodies["stage"]))[0] == 422
    assert problem(ana.post("/api/pipeline/stages", {"stage_name": "new"})) == (
        422,
        {"opportunity_id": ["Elige una oportunidad o un contacto."]},
    )


def test_won_opportunity_has_no_reminders_and_is_deleted_with_its_stage(
    ana: Program, bodies: dict[str, Values], stored: Stored
) -> None:
    path = ana.post("/api/opportunities", bodies["opportunity"]).headers["Location"]
    ana.post("/api/pipeline/stages", {"opportunity_id": path.rpartition("/")[2]})
    won = ana.patch(path, {"status": "won"}).get_json()
    assert (won["status"], bool(won["closed_at"]), reminders(stored)) == ("won", True, set())
    assert ana.delete(path).status_code == 204
    assert stored(select(PipelineStage)) == []


def test_contact_with_records_is_not_deleted_and_the_count_is_given(
    ana: Program, bodies: dict[str, Values], example: Values
) -> None:
    made = ana.post("/api/crm/contacts", {"name": "Luis Gil", "email": "Luis@Example.com"}).get_json()
    assert made == {
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "version": 1,
        "name": "Luis Gil",
        "email": "luis@example.com",
        "phone": None,
        "note": None,
    }
    path = f"/api/crm/contacts/{made['id']}"
    calls = [ana.post("/api/crm/calls", {"entity_id": made["id"]}).headers["Location"] for _ in range(2)]
    refused = ana.delete(path)
    assert (refused.status_code, refused.get_json()["records"]) == (409, {"call": 2})
    assert [ana.delete(call).status_code for call in (*calls, path)] == [204, 204, 204]
    assert ana.patch(path, {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/crm/contacts", {}, "name"),
        ("/api/crm/contacts", {"name": ""}, "name"),
        ("/api/crm/contacts", {"name": "\u202e \x07"}, "name"),
        ("/api/crm/contacts", {"name": "Luis", "email": "a@x.org, b@evil.org"}, "email"),
        ("/api/crm/contacts", {"name": "Luis", "email": "a@x.org\r\nBcc: b@evil.org"}, "email"),
        ("/api/crm/contacts", {"name": "Luis", "email": ""}, "email"),
        ("/api/crm/tasks", {}, "text"),
        ("/api/crm/tasks", {"text": " "}, "text"),
        ("/api/crm/tasks", {"text": "x", "is_completed": "yes"}, "is_completed"),
        ("/api/crm/tasks", {"text": "x", "entity_id": str(uuid4())}, "entity_id"),
        ("/api/opportunities", {"name": "x", "status": "lost?"}, "status"),
        ("/api/opportunities", {"name": "x", "assigned_to_id": str(uuid4())}, "assigned_to_id"),
        ("/api/pipeline/stages", {"opportunity_id": str(uuid4())}, "opportunity_id"),
        ("/api/pipeline/stages", {"stage_name": "won"}, "stage_name"),
    ],
)
def test_what_the_rules_refuse_is_named_by_its_field(ana: Program, path: str, body: Values, field: str) -> None:
    status, errors = problem(ana.post(path, body))
    assert (status, list(errors)) == (422, [field])


def test_a_task_can_be_done_from_the_beginning(ana: Program, bodies: dict[str, Values], stored: Stored) -> None:
    made = ana.post("/api/crm/tasks", bodies["task"] | {"is_completed": True}).get_json()
    assert (made["is_completed"], bool(made["completed_at"]), reminders(stored)) == (True, True, set())
