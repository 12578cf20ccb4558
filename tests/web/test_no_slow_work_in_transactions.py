"""Nothing slow is done while a transaction is open: on SQLite nobody else could write meanwhile, and on PostgreSQL a
connection of the few would be held."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask import Flask
from redis.connection import AbstractConnection

from coverage_app import mailer
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services import records, tokens
from coverage_app.services.accounts import hashing
from coverage_app.services.entities import CALL
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import get, send

pytestmark = BOTH_DATABASES

NEW = "cuatro palabras al azar"
EVA = {"name": "Eva Gil", "email": "eva@example.com"}
CROWD = 32
SLOW = {
    "hash": (hashing, "generate_password_hash"),
    "check": (hashing, "check_password_hash"),
    "mail": (mailer.SmtpConnection, "transmit"),
    "redis": (AbstractConnection, "send_packed_command"),
}


@pytest.fixture
def slow_work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int]]:
    """Counts (kind of slow work, connections to the database that are in a transaction meanwhile)."""
    pool, seen = db.engine.pool, Counter[tuple[str, int]]()

    def watched(kind: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*given: Any, **named: Any) -> Any:
            seen[kind, pool.checkedout()] += 1
            return work(*given, **named)

        return watch

    for kind, (place, name) in SLOW.items():
        monkeypatch.setattr(place, name, watched(kind, getattr(place, name)))
    return seen


def test_slow_work_is_done_outside_transactions(
    app: Flask, people: People, sign_in: SignIn, make_call: MakeCall, password: str, slow_work: Counter[tuple[str, int]]
) -> None:
    alicia, ana, stranger = sign_in(people.admin), sign_in(people.responsible), app.test_client()
    mail = get(alicia, "/system").form("/system/test-mail")  # looking at the page asks Redis how it is
    program = {"Authorization": f"Bearer {tokens.make(people.responsible, 'CRM')[1]}"}
    slow_work.clear()

    assert send(stranger, "/sign-in", email="nobody@example.com", password=password).status == 422
    assert send(stranger, "/sign-in", email=people.cover.email, password="wrong password").status == 422
    assert send(stranger, "/sign-in", email=people.cover.email, password=password).status == 200
    assert send(ana, "/profile/password", present="wrong password", password=NEW, again=NEW).status == 422
    assert send(ana, "/profile/password", present=password, password="corta", again="corta").status == 422
    assert send(ana, "/profile/password", present=password, password=NEW, again=NEW).status == 200
    assert send(alicia, "/people/new", **EVA).status == 200
    assert send(alicia, "/people/new", **EVA).status == 422
    assert send(alicia, f"/people/{people.cover.id}/password").status == 200
    assert alicia.post(mail.action, data=mail.fields).status_code == 302
    call = make_call()
    assert send(ana, f"/calls/{call.id}/edit", note="otra cosa").status == 200
    assert ana.get("/calls/export.csv").status_code == 200
    for path in ("/api/users", f"/api/crm/calls/{call.id}"):
        assert stranger.get(path, headers=program).status_code == 200
    answer = stranger.patch(f"/api/crm/calls/{call.id}", headers=program, json={"coverage_user_id": None})
    assert answer.status_code == 200
    assert stranger.post("/api/crm/calls", headers=program, json={}).status_code == 422
    assert get(ana, "/profile").status == 200

    assert {kind for kind, _ in slow_work} == set(SLOW)
    assert {key: count for key, count in slow_work.items() if key[1]} == {}


def test_a_person_made_by_a_command_is_hashed_outside_a_transaction(
    app: Flask, people: People, slow_work: Counter[tuple[str, int]]
) -> None:
    made = app.test_cli_runner().invoke(args=["create-user", "eva@example.com", "--name", "Eva Gil"])
    assert made.exit_code == 0
    assert slow_work == {("hash", 0): 1}


@ON_SQLITE
def test_a_save_waits_for_no_crowd_of_strangers_who_sign_in(
    app: Flask, people: People, make_call: MakeCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hashes of the true cost, and thirty-two strangers who try without pause; some are turned away."""
    monkeypatch.setattr(hashing, "METHOD", "scrypt:32768:8:1")
    monkeypatch.setattr(hashing, "PATIENCE", 1)
    call, tries, over = make_call(), [], Event()
    app.config["WTF_CSRF_ENABLED"] = False

    def stranger(number: int) -> None:
        browser = app.test_client()
        while not over.is_set():
            form = {"email": f"person{number}@example.com", "password": "wrong password"}
            answer = browser.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
            tries.append(answer.status_code)

    slowest = 0.0
    with ThreadPoolExecutor(CROWD) as crowd:
        trying = [crowd.submit(stranger, number) for number in range(CROWD)]
        while len(tries) < CROWD // 2 and not any(one.done() for one in trying):
            began = time.monotonic()
            records.save(CALL, call.id, {"note": str(began)}, by=people.responsible, now=utcnow())
            slowest = max(slowest, time.monotonic() - began)
        over.set()
    assert [one.result() for one in trying] == [None] * CROWD
    assert set(tries) <= {422, 503} and 422 in tries
    assert slowest < 2
