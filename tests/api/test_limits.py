"""So many requests a minute for each token, whatever becomes of Redis."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from coverage_app import counters
from coverage_app.api import rate_limits
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import mail_quota, tokens
from coverage_app.settings import Settings
from tests.api.conftest import Program, Values, problem
from tests.fixtures.application import running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.redis import Redis

pytestmark = ON_SQLITE
USERS = "/api/users"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three a minute, so that a test need not send six hundred."""
    monkeypatch.setattr(rate_limits, "PER_CALLER", "3/minute")


@pytest.fixture
def limited(few: None, settings: Settings) -> Iterator[Flask]:
    with running(settings) as app:
        yield app


def program(app: Flask, people: People, name: str = "CRM") -> Program:
    return Program(app.test_client(use_cookies=False), tokens.make(people.responsible, name)[1])


def test_rate_limit_headers_say_what_is_left_and_when_to_retry(limited: Flask, people: People) -> None:
    one, other = program(limited, people), program(limited, people, "script")
    answers = [one.get(USERS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"3"}
    assert ["Retry-After" in answer.headers for answer in answers] == [False, False, False, True]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert problem(answers[3])[0] == 429
    assert other.get(USERS).status_code == 200
    assert limited.test_client().get("/api/openapi.json").status_code == 200


def test_two_processes_count_together(few: None, settings: Settings) -> None:
    with running(settings) as first, running(settings) as second:
        with first.app_context():
            ana = User(name="Ana", email="ana@example.com", password_hash="", locale="es", timezone="Europe/Madrid")
            db.session.add(ana)
            secret = tokens.make(ana, "CRM")[1]
        answers = [Program(app.test_client(), secret).get(USERS) for app in (first, second, first, second)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_with_redis_gone_or_hanging_nobody_waits_long_and_the_limit_stands(
    few: None, settings: Settings, start_redis: Callable[[], Redis], people: People
) -> None:
    server = start_redis()
    with running(replace(settings, redis_url=server.url)) as app:
        for away in (server.pause, server.stop):
            one = program(app, people, away.__name__)
            assert one.get(USERS).status_code == 200
            away()
            begun = time.monotonic()
            answers = [one.get(USERS).status_code for _ in range(4)]
            assert time.monotonic() - begun < 2
            assert answers[-1] == 429
            if away is server.pause:
                server.resume()


def test_only_the_first_request_waits_for_a_hanging_redis(
    settings: Settings, start_redis: Callable[[], Redis], people: People
) -> None:
    server = start_redis()
    with running(replace(settings, redis_url=server.url)) as app:
        one = program(app, people)

        def took() -> float:
            begun = time.monotonic()
            assert one.get(USERS).status_code == 200
            return time.monotonic() - begun

        took()
        server.pause()
        first, until = took(), time.monotonic() + 1.5
        assert first > counters.PATIENCE
        others = []
        while time.monotonic() < until:  # in which the library asks whether it is back
            others.append(took())
            time.sleep(0.05)
        server.resume()
        # Not the slowest: a busy machine may hold up one of them for another reason.
        assert sorted(others)[-2] < counters.PATIENCE / 2
        server.flush()
        wait_until(lambda: took() < 1 and any(server.client().scan_iter("LIMITS*")))


def test_too_many_mails_to_one_colleague_are_refused_at_the_cover_field(
    ana: Program, example: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_quota, "MOST", 2)
    first = [ana.post("/api/crm/calls", example).headers["Location"] for _ in range(2)]
    status, errors = problem(ana.post("/api/crm/calls", example, Accept_Language="en"))
    said = "Bea Soto would get more than 2 reminders from you in one minute: "
    assert (status, list(errors), errors["coverage_user_id"][0][: len(said)]) == (422, ["coverage_user_id"], said)
    assert ana.patch(first[0], {"note": "x", "coverage_user_id": None}).status_code == 200
    assert ana.post("/api/crm/calls", example).status_code == 201
