"""The verifications of the original specification, and what else a call does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from coverage_app.models import AuditEntry, Call
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts
from tests.api.conftest import Program, Values, problem, z
from tests.fixtures.people import People

Stored = Callable[..., list[Any]]
LABELS = {"24h_before": timedelta(hours=24), "1h_before": timedelta(hours=1), "15min_before": timedelta(minutes=15)}


def rows(stored: Stored) -> set[tuple[Any, ...]]:
    return {
        (row.notification_type, row.scheduled_send_at, row.event_due_date, row.coverage_user_id)
        for row in stored(select(Row))
    }


def wanted(due: datetime, cover: UUID) -> set[tuple[Any, ...]]:
    return {(label, due - before, due, cover) for label, before in LABELS.items()}


def test_a_call_with_a_cover_and_a_date_makes_three_reminders(
    ana: Program, example: Values, people: People, now: datetime, stored: Stored
) -> None:
    answer = ana.post("/api/crm/calls", example)
    made = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/crm/calls/{made['id']}"
    assert made == example | {
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
        "responsible_user_id": str(people.responsible.id),
        "called_at": made["called_at"],
        "direction": "out",
        "phone": None,
        "duration": None,
        "result": None,
        "note": None,
        "proxima_llamada_done_at": None,
        "proxima_accion_fecha": None,
        "proxima_accion": None,
        "proxima_accion_done_at": None,
    }
    assert rows(stored) == wanted(now + timedelta(hours=48), people.cover.id)
    assert ana.get(answer.headers["Location"]).get_json() == made


def test_both_dates_make_six(ana: Program, example: Values, now: datetime, stored: Stored) -> None:
    both = example | {"proxima_accion_fecha": z(now + timedelta(days=3)), "proxima_accion": "Enviar el presupuesto"}
    assert ana.post("/api/crm/calls", both).status_code == 201
    assert len(rows(stored)) == 6


def test_new_date_or_cover_replaces_the_unsent_reminders(
    ana: Program, example: Values, people: People, now: datetime, stored: Stored
) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    later = now + timedelta(hours=72)
    moved = ana.patch(path, {"proxima_llamada_fecha": z(later)})
    assert (moved.status_code, moved.get_json()["version"]) == (200, 2)
    assert rows(stored) == wanted(later, people.cover.id)
    ana.patch(path, {"coverage_user_id": str(people.outsider.id)})
    assert rows(stored) == wanted(later, people.outsider.id)
    ana.patch(path, {"coverage_user_id": None})
    assert rows(stored) == set()


def test_what_a_patch_does_not_name_is_left_alone_and_null_clears(ana: Program, example: Values) -> None:
    before = ana.post("/api/crm/calls", example | {"note": "Trae el pasaporte", "duration": 90}).get_json()
    after = ana.patch(f"/api/crm/calls/{before['id']}", {"note": None}).get_json()
    assert after == before | {"note": None, "version": 2, "updated_at": after["updated_at"]}


def test_done_marks_and_other_changes_of_one_patch_are_one_change(
    ana: Program, example: Values, now: datetime, stored: Stored
) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    done = ana.patch(path, {"proxima_llamada_done": True, "result": "Vendrá"}).get_json()
    assert (done["version"], done["result"], bool(done["proxima_llamada_done_at"])) == (2, "Vendrá", True)
    assert rows(stored) == set()
    assert sorted(stored(select(AuditEntry.action))) == ["completed", "created", "updated"]
    later = ana.patch(path, {"proxima_llamada_fecha": z(now + timedelta(days=4))}).get_json()
    assert later["proxima_llamada_done_at"] is None
    assert len(rows(stored)) == 3
    ana.patch(path, {"proxima_llamada_done": True})
    reopened = ana.patch(path, {"proxima_llamada_done": False}).get_json()
    assert reopened["proxima_llamada_done_at"] is None
    assert len(rows(stored)) == 3


def test_a_patch_that_is_refused_changes_nothing_at_all(ana: Program, example: Values, people: People) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    before = ana.get(path).get_json()
    both = {"result": "Vendrá", "proxima_llamada_done": True, "coverage_user_id": str(people.responsible.id)}
    assert problem(ana.patch(path, both)) == (
        422,
        {"coverage_user_id": ["La cobertura tiene que ser alguien distinto del responsable."]},
    )
    assert ana.get(path).get_json() == before


def test_a_deleted_call_takes_its_reminders_along(ana: Program, example: Values, stored: Stored) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    answer = ana.delete(path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert (stored(select(Call)), rows(stored)) == ([], set())
    assert {problem(ana.ask(method, path, body))[0] for method, body in GONE} == {404}


GONE = (("GET", None), ("DELETE", None), ("PATCH", {"note": None}))


def test_people_who_do_not_exist_or_are_inactive_do_not_cover(
    ana: Program, example: Values, people: People, now: datetime
) -> None:
    accounts.deactivate(people.outsider.id, by=None, now=now)
    for body, field in (
        (example | {"coverage_user_id": str(uuid4())}, "coverage_user_id"),
        (example | {"coverage_user_id": str(people.outsider.id)}, "coverage_user_id"),
        (example | {"entity_id": str(uuid4())}, "entity_id"),
        ({"note": "sin contacto"}, "entity_id"),
        (example | {"responsible_user_id": None}, "responsible_user_id"),
    ):
        status, errors = problem(ana.post("/api/crm/calls", body))
        assert (status, list(errors)) == (422, [field])
