"""Lists: whole, page by page, and the filters of coverages and reminders."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from coverage_app.extensions import db
from coverage_app.models import Call, Contact
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts
from tests.api.conftest import Program, Values, problem, z
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
LISTS = ("crm/calls", "crm/tasks", "pipeline/stages", "opportunities", "crm/contacts", "coverages", "notifications")


def walk(program: Program, path: str, limit: int) -> list[list[Values]]:
    """Every page of a list."""
    mark = "&" if "?" in path else "?"
    pages, cursor = [], ""
    while cursor is not None:
        answer = program.get(f"{path}{mark}limit={limit}{cursor and '&cursor=' + cursor}").get_json()
        pages.append(answer["items"])
        cursor = answer["next"]
    return pages


def test_pages_list_every_record_once_despite_concurrent_changes(ana: Program, example: Values, stored: Stored) -> None:
    ids = {ana.post("/api/crm/calls", example).get_json()["id"] for _ in range(5)}
    first = ana.get("/api/crm/calls?limit=2").get_json()
    ana.patch(f"/api/crm/calls/{first['items'][0]['id']}", {"note": "cambiada"})
    second = ana.get(f"/api/crm/calls?limit=2&cursor={first['next']}").get_json()
    third = ana.get(f"/api/crm/calls?limit=2&cursor={second['next']}").get_json()
    pages = [first["items"], second["items"], third["items"]]
    assert [len(items) for items in pages] == [2, 2, 1]
    assert {item["id"] for items in pages for item in items} == ids
    assert third["next"] is None


def test_the_last_made_comes_first(ana: Program, example: Values, now: datetime, stored: Stored) -> None:
    ids = [ana.post("/api/crm/calls", example).get_json()["id"] for _ in range(3)]
    for age, call_id in enumerate(ids):
        db.session.execute(update(Call).where(Call.id == UUID(call_id)).values(created_at=now - timedelta(days=age)))
    db.session.commit()
    assert [item["id"] for item in ana.get("/api/crm/calls").get_json()["items"]] == ids


@ON_SQLITE
def test_an_empty_list_is_empty(ana: Program) -> None:
    for path in LISTS:
        assert ana.get(f"/api/{path}").get_json() == {"items": [], "next": None}


@ON_SQLITE
def test_a_cursor_belongs_to_its_list_and_cannot_be_made_up(ana: Program, example: Values) -> None:
    for _ in range(2):
        ana.post("/api/crm/calls", example)
    cursor = ana.get("/api/crm/calls?limit=1").get_json()["next"]
    for path in (
        f"/api/crm/tasks?cursor={cursor}",
        f"/api/crm/calls?cursor={cursor[:-1]}",
        "/api/crm/calls?cursor=e30",
    ):
        assert problem(ana.get(path)) == (422, {"cursor": ["Este cursor no es de esta lista."]})


@ON_SQLITE
def test_colleagues_are_those_who_can_be_chosen_by_name(ana: Program, people: People, now: datetime) -> None:
    accounts.deactivate(people.outsider.id, by=None, now=now)
    chosen = (people.admin, people.responsible, people.cover)
    shown = [{"id": str(person.id), "name": person.name, "email": person.email} for person in chosen]
    assert walk(ana, "/api/users", 2) == [shown[:2], shown[2:]]


@pytest.fixture
def covered(ana: Program, example: Values, people: People, now: datetime) -> dict[str, str]:
    """Follow-ups of several kinds, covered by Bea or Carlos, and one that nobody covers; their titles by kind."""
    day = {number: z(now + timedelta(days=number)) for number in (1, 2, 3, 4, -1)}
    both = {"proxima_llamada_fecha": day[1], "proxima_accion_fecha": day[3], "proxima_accion": "Presupuesto"}
    ana.post("/api/crm/calls", example | both)
    task = {"text": "Recurso", "coverage_user_id": str(people.outsider.id)}
    ana.post("/api/crm/tasks", task | {"complete_till": day[2]})
    ana.post("/api/crm/tasks", task | {"complete_till": day[-1], "text": "Vencida"})
    ana.post("/api/crm/tasks", task | {"complete_till": day[2], "is_completed": True})
    ana.post("/api/crm/tasks", {"text": "Sola", "complete_till": day[2]})
    return {"bea": str(people.cover.id), "carlos": str(people.outsider.id)} | {f"d{n}": at for n, at in day.items()}


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["next_call", "task_due", "next_action"]),
        ("user={bea}", ["next_call", "next_action"]),
        ("user={carlos}", ["task_due"]),
        ("kind=next_action", ["next_action"]),
        ("from={d2}", ["task_due", "next_action"]),
        ("to={d2}", ["next_call"]),
        ("from={d2}&to={d3}", ["task_due"]),
        ("from={d-1}&kind=task_due", ["task_due", "task_due"]),
        ("user={bea}&kind=task_due", []),
    ],
)
def test_coverages_are_what_is_open_covered_and_ahead_the_nearest_first(
    ana: Program, covered: dict[str, str], query: str, kinds: list[str]
) -> None:
    pages = walk(ana, f"/api/coverages?{query.format(**covered)}", 2)
    assert [item["event_kind"] for items in pages for item in items] == kinds


@ON_SQLITE
def test_a_coverage_says_who_what_and_when(
    ana: Program, covered: dict[str, str], example: Values, people: People
) -> None:
    (answered,) = ana.get("/api/coverages?kind=next_action").get_json()["items"]
    call = ana.get("/api/crm/calls").get_json()["items"][0]
    assert answered == {
        "id": answered["id"],
        "created_at": answered["created_at"],
        "updated_at": answered["updated_at"],
        "entity_type": "call",
        "entity_id": call["id"],
        "event_kind": "next_action",
        "due_at": covered["d3"],
        "responsible_user_id": str(people.responsible.id),
        "coverage_user_id": covered["bea"],
        "coverage_source": "chosen",
        "contact_id": example["entity_id"],
        "title": "Presupuesto",
    }


@ON_SQLITE
@pytest.mark.parametrize("query", ["user=x", "from=mañana", "from=2026-12-03T10:00:00", "kind=call", "since=2026"])
def test_invalid_filter_of_coverages_is_refused(ana: Program, query: str) -> None:
    status, errors = problem(ana.get(f"/api/coverages?{query}"))
    assert (status, list(errors)) == (422, [query.partition("=")[0]])


def test_reminders_are_found_by_record_and_by_status(
    ana: Program, example: Values, contact: Contact, stored: Stored
) -> None:
    call = ana.post("/api/crm/calls", example).get_json()["id"]
    other = ana.post("/api/crm/calls", example).get_json()["id"]
    assert [len(items) for items in walk(ana, "/api/notifications", 4)] == [4, 2]
    answered = ana.get(f"/api/notifications?entity_type=call&entity_id={call}").get_json()["items"]
    assert [(row["entity_id"], row["notification_type"]) for row in answered] == [
        (call, label) for label in ("15min_before", "1h_before", "24h_before")
    ]
    assert answered[0]["subject"] == "Recordatorio: Próxima llamada - María Pérez en 15 minutos"
    assert set(answered[0]) >= {"message_body", "sent", "sent_at", "scheduled_send_at", "event_due_date", "status"}
    assert "claim_token" not in answered[0]
    db.session.execute(update(Row).where(Row.entity_id == UUID(other)).values(status="failed", last_error="550"))
    db.session.commit()
    failed = ana.get("/api/notifications?status=failed").get_json()["items"]
    assert {(row["entity_id"], row["status"], row["last_error"]) for row in failed} == {(other, "failed", "550")}
    assert ana.get(f"/api/notifications?entity_id={uuid4()}").get_json()["items"] == []


def test_a_reminder_is_sent_again_only_if_it_failed_and_is_still_wanted(
    app: Flask, ana: Program, example: Values, now: datetime, stored: Stored
) -> None:
    path = ana.post("/api/crm/calls", example | {"proxima_llamada_fecha": z(now + timedelta(minutes=30))})
    (row,) = stored(select(Row))
    retry = f"/api/notifications/{row.id}/retry"
    assert problem(ana.ask("POST", retry))[0] == 409
    fail = update(Row).values(status="failed", last_error="550 unknown", scheduled_send_at=now, next_attempt_at=now)
    db.session.execute(fail)
    db.session.commit()
    again = ana.ask("POST", retry)
    assert (again.status_code, again.get_json()["status"], again.get_json()["last_error"]) == (200, "pending", None)
    assert problem(ana.ask("POST", retry))[0] == 409
    db.session.execute(fail)
    db.session.commit()
    ana.patch(path.headers["Location"], {"proxima_llamada_fecha": z(now + timedelta(hours=2))})
    assert problem(ana.ask("POST", retry)) == (
        409,
        "Desde entonces han cambiado la fecha, la cobertura o la ficha: este recordatorio ya no es cierto.",
    )
    assert problem(ana.ask("POST", f"/api/notifications/{uuid4()}/retry"))[0] == 404
