"""What whoever watches over the site reads in the log: refusals, sign-outs, exports; and that it names nobody."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coverage_app import pseudonyms
from coverage_app.clock import utcnow
from coverage_app.models import User
from coverage_app.security_events import REFUSALS
from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.servers.redis import Redis
from tests.web.conftest import SignIn
from tests.web.middleware.test_guards import rules
from tests.web.page_reader import get, send

pytestmark = ON_SQLITE
Log = Callable[[], str]
ADDRESS = "203.0.113.77"
NAMES = {"sign_in.refused", "password.refused", "csrf.refused", "sign_out", "export", *REFUSALS.values()}


@pytest.fixture
def events(log: Log) -> Callable[[], list[tuple[str, ...]]]:
    """Reads (event, account, client, endpoint) of the security events, whatever else the log holds."""

    def read() -> list[tuple[str, ...]]:
        lines = [json.loads(line) for line in log().splitlines()]
        security = [line for line in lines if line["event"] in NAMES]
        assert {frozenset(line) for line in security} <= {
            frozenset(("event", "account", "client", "endpoint", "level", "logger", "timestamp"))
        }
        return [(line["event"], line["account"], line["client"], line["endpoint"]) for line in security]

    return read


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = ADDRESS
    return browser


def of(person: User) -> str:
    return pseudonyms.of_account(person.email)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_refused_sign_in_is_logged_once_whoever_it_was_for(
    stranger: FlaskClient, people: People, events: Any
) -> None:
    here = pseudonyms.of_client(ADDRESS)
    for email in ("BEA@example.com", "nobody@example.com", "no address"):
        send(stranger, "/sign-in", email=email, password="a wrong password")
    accounts = [of(people.cover), pseudonyms.of_account("nobody@example.com"), pseudonyms.of_account("")]
    assert events() == [("sign_in.refused", account, here, "session.sign_in") for account in accounts]


def test_a_sign_in_that_must_wait_is_logged_with_its_account(
    stranger: FlaskClient, people: People, events: Any, log: Log
) -> None:
    answers = [send(stranger, "/sign-in", email=people.cover.email, password="wrong").status for _ in range(8)]
    assert answers == [422] * 6 + [429] * 2
    where = (of(people.cover), pseudonyms.of_client(ADDRESS), "session.sign_in")
    names = ["sign_in.refused"] * 6 + ["rate_limit.exceeded"] * 2
    assert events() == [(name, *where) for name in names]
    assert "flask-limiter" not in log()


def test_a_wrong_present_password_is_logged(ana: FlaskClient, people: People, events: Any) -> None:
    send(ana, "/profile/password", present="wrong", password="cuatro palabras al azar", again="cuatro palabras al azar")
    assert events() == [
        ("password.refused", of(people.responsible), pseudonyms.of_client("127.0.0.1"), "profile.password")
    ]


def test_pages_for_administrators_log_whom_they_refuse(
    app: Flask, ana: FlaskClient, people: People, events: Any
) -> None:
    secret = tokens.make(people.responsible, "CRM")[1]
    assert [ana.get(path).status_code for path in ("/people", "/history/export.csv", "/system")] == [403] * 3
    assert app.test_client().get("/metrics", headers=bearer(secret)).status_code == 403
    endpoints = ("people.list", "history.export", "system.show", "monitoring.metrics")
    here = pseudonyms.of_client("127.0.0.1")
    assert events() == [("access.refused", of(people.responsible), here, endpoint) for endpoint in endpoints]


def test_a_bad_token_is_logged_wherever_one_is_asked_for(stranger: FlaskClient, people: People, events: Any) -> None:
    expired = tokens.make(people.admin, "CRM", expires_at=utcnow())[1]
    for headers in ({}, bearer("x"), bearer(expired)):
        assert stranger.get("/api/users", headers=headers).status_code == 401
        assert stranger.get("/metrics", headers=headers).status_code == 401
    here = pseudonyms.of_client(ADDRESS)
    assert events() == [("token.refused", None, here, one) for one in ("api.list_users", "monitoring.metrics")] * 3


def test_a_form_without_its_token_is_logged(
    stranger: FlaskClient, ana: FlaskClient, people: People, events: Any
) -> None:
    assert stranger.post("/sign-in", data={"csrf_token": "x", "email": people.cover.email}).status_code == 400
    assert ana.post("/contacts/new", data={"name": "Luis"}).status_code == 400
    assert events() == [
        ("csrf.refused", None, pseudonyms.of_client(ADDRESS), "session.sign_in"),
        ("csrf.refused", of(people.responsible), pseudonyms.of_client("127.0.0.1"), "contacts.new"),
    ]


def test_signing_out_is_logged(ana: FlaskClient, people: People, events: Any) -> None:
    ana.post("/sign-out", data=get(ana, "/profile").form("/sign-out").fields)
    assert events() == [("sign_out", of(people.responsible), pseudonyms.of_client("127.0.0.1"), "session.sign_out")]


def test_every_export_is_logged(app: Flask, alicia: FlaskClient, people: People, events: Any) -> None:
    exports = [rule for rule in rules(app) if rule.endpoint.endswith(".export")]
    assert len(exports) >= 6
    assert {alicia.get(f"{rule.rule}?q=Needle").status_code for rule in exports} == {200}
    here = pseudonyms.of_client("127.0.0.1")
    assert events() == [("export", of(people.admin), here, rule.endpoint) for rule in exports]


def test_neither_log_nor_redis_holds_addresses_or_typed_input(
    app: Flask, stranger: FlaskClient, people: People, sign_in: SignIn, log: Log, redis: Redis
) -> None:
    secret = tokens.make(people.cover, "Our needle CRM")[1]
    for number in range(8):
        send(stranger, "/sign-in", email=people.cover.email, password=f"needle-{number}")
        stranger.get("/api/users?q=needle", headers=bearer("needle"))
    stranger.post("/sign-in?next=/calls?q=needle", data={"email": people.cover.email, "password": "needle"})
    stranger.get("/calls?q=needle", headers={"User-Agent": "needle", "Referer": "http://localhost/?q=needle"})
    bea = sign_in(people.cover)
    bea.environ_base["REMOTE_ADDR"] = ADDRESS
    for path in ("/contacts/export.csv?q=needle", "/people?q=needle", "/history?q=needle", "/nothing/needle"):
        bea.get(path)
    for _ in range(8):
        send(bea, "/profile/password", present="needle", password="needle needle", again="needle needle")
    bea.get("/api/users?q=needle", headers=bearer(secret))
    bea.post("/sign-out", data=get(bea, "/profile").form("/sign-out").fields)
    with redis.client() as client:
        keys = [key.decode() for key in client.scan_iter()]
        values = [str(client.dump(key)) for key in keys]
    assert "rate_limit.exceeded" in log() and any("LIMIT" in key for key in keys)
    found = {
        (place, private)
        for place, text in (("log", log()), ("Redis", "\n".join(keys + values)))
        for private in ("needle", ADDRESS, people.cover.email, "bea@", "Bea", secret)
        if private.lower() in text.lower()
    }
    assert found == set()
