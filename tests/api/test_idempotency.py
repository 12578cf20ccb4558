"""Sent twice, done once; and no change is lost to another that nobody saw."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, IdempotencyKey
from coverage_app.models import Reminder as Row
from tests.api.conftest import Program, Values, problem
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

CALLS = "/api/crm/calls"
Stored = Callable[..., list[Any]]


def test_same_key_and_body_replay_the_first_answer(ana: Program, example: Values, stored: Stored) -> None:
    first = ana.post(CALLS, example, Idempotency_Key="k-1")
    path = first.headers["Location"]
    again = ana.post(CALLS, dict(reversed(example.items())), Idempotency_Key="k-1")
    ana.patch(path, {"note": "cambiada"})
    changed = ana.post(CALLS, example, Idempotency_Key="k-1")
    ana.delete(path)
    deleted = ana.post(CALLS, example, Idempotency_Key="k-1")
    for answer in (again, changed, deleted):
        assert (answer.status_code, answer.get_json(), answer.headers["Location"], answer.headers["ETag"]) == (
            201,
            first.get_json(),
            path,
            '"1"',
        )
    assert (stored(select(Call)), stored(select(Row))) == ([], [])


def test_without_a_key_each_makes_one(ana: Program, example: Values, stored: Stored) -> None:
    assert len({ana.post(CALLS, example).headers["Location"] for _ in range(2)}) == 2
    assert len(stored(select(Call))) == 2


def test_the_same_key_for_something_else_is_a_conflict(ana: Program, example: Values, stored: Stored) -> None:
    ana.post(CALLS, example, Idempotency_Key="k-1")
    assert problem(ana.post(CALLS, example | {"note": "otra"}, Idempotency_Key="k-1")) == (
        409,
        "Esta Idempotency-Key ya se usó para otra petición. Usa una nueva para cada una.",
    )
    assert problem(ana.post("/api/crm/contacts", {"name": "Luis"}, Idempotency_Key="k-1"))[0] == 409
    assert (len(stored(select(Call))), len(stored(select(Contact)))) == (1, 1)


def test_a_key_is_ones_own_and_lasts_a_day(
    ana: Program, program_of: Callable[..., Program], people: People, example: Values, stored: Stored
) -> None:
    ana.post(CALLS, example, Idempotency_Key="k-1")
    assert program_of(people.outsider).post(CALLS, example, Idempotency_Key="k-1").status_code == 201
    for row in stored(select(IdempotencyKey)):
        earlier = update(IdempotencyKey).where(IdempotencyKey.id == row.id)
        db.session.execute(earlier.values(created_at=row.created_at - timedelta(hours=24)))
    db.session.commit()
    assert ana.post(CALLS, example | {"note": "otra"}, Idempotency_Key="k-1").status_code == 201
    assert len(stored(select(Call))) == 3


def test_what_was_refused_may_be_corrected_under_its_key(ana: Program, example: Values, stored: Stored) -> None:
    wrong = example | {"coverage_user_id": example["entity_id"]}
    assert problem(ana.post(CALLS, wrong, Idempotency_Key="k-1"))[0] == 422
    assert stored(select(IdempotencyKey)) == []
    assert ana.post(CALLS, example, Idempotency_Key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "with blank", "ñ"])
def test_a_key_that_is_none_is_refused(ana: Program, example: Values, key: str) -> None:
    status, errors = problem(ana.post(CALLS, example, Idempotency_Key=key))
    assert (status, list(errors)) == (422, ["Idempotency-Key"])


def test_patch_with_an_outdated_etag_is_refused(ana: Program, example: Values) -> None:
    made = ana.post(CALLS, example)
    path, etag = made.headers["Location"], made.headers["ETag"]
    assert ana.get(path).headers["ETag"] == etag
    mine = ana.patch(path, {"note": "mía"}, If_Match=etag)
    assert (mine.status_code, mine.headers["ETag"]) == (200, '"2"')
    for stale in (etag, "", "x", 'W/"2"', '"02"', '"', '"2 "', '"' + "9" * 400 + '"'):
        assert problem(ana.patch(path, {"note": "tuya"}, If_Match=stale))[0] == 412, stale
        assert problem(ana.delete(path, If_Match=stale))[0] == 412, stale
    assert ana.get(path).get_json() == mine.get_json()
    for fresh in ('"7", "2"', "*"):
        assert ana.patch(path, {"note": "mía"}, If_Match=fresh).status_code == 200
    assert ana.patch(path, {"note": "la última gana"}).headers["ETag"] == '"3"'
    assert ana.delete(path, If_Match='"3"').status_code == 204


def test_contacts_have_versions_too(ana: Program) -> None:
    made = ana.post("/api/crm/contacts", {"name": "Luis"})
    path = made.headers["Location"]
    assert ana.patch(path, {"name": "Luisa"}, If_Match=made.headers["ETag"]).headers["ETag"] == '"2"'
    assert problem(ana.patch(path, {"name": "Luis"}, If_Match=made.headers["ETag"]))[0] == 412
    assert problem(ana.delete(path, If_Match=made.headers["ETag"]))[0] == 412
    assert ana.get(path).get_json()["name"] == "Luisa"


def test_a_reminder_is_sent_again_once_for_one_key(ana: Program, example: Values, stored: Stored) -> None:
    ana.post(CALLS, example)
    row_id = stored(select(Row.id).order_by(Row.scheduled_send_at))[0]
    fail = update(Row).where(Row.id == row_id)
    due = {"scheduled_send_at": utcnow() - timedelta(minutes=1), "next_attempt_at": utcnow()}
    db.session.execute(fail.values(status="failed", last_error="550 no", **due))
    db.session.commit()
    path = f"/api/notifications/{row_id}/retry"
    first = ana.post(path, None, Idempotency_Key="k-1")
    assert (first.status_code, first.get_json()["status"]) == (200, "pending")
    assert problem(ana.post(path, None))[0] == 409  # it waits already
    db.session.execute(fail.values(status="failed", last_error="550 again"))
    db.session.commit()
    assert ana.post(path, None, Idempotency_Key="k-1").get_json() == first.get_json()
    assert stored(select(Row.status).where(Row.id == row_id)) == ["failed"]
    assert problem(ana.post(f"/api/notifications/{uuid4()}/retry", None, Idempotency_Key="k-1"))[0] == 409
    assert ana.post(path, None, Idempotency_Key="k-2").get_json()["status"] == "pending"
