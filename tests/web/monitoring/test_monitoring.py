"""What machines see: is the process up, is the whole of it well, and since when it is not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update

from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.models import Reminder as Row
from coverage_app.services.health import checks
from coverage_app.settings import Settings, load
from coverage_app.web.monitoring import routes
from tests.environment import variables
from tests.fixtures.application import running
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL
from tests.servers.redis import Redis
from tests.web.conftest import MakeCall

pytestmark = BOTH_DATABASES

PARTS = ("database", "migrations", "worker", "scheduler", "punctuality", "mail", "clocks", "redis")


def readiness(browser: FlaskClient) -> tuple[int, str, dict[str, str]]:
    """The status, what it says of the whole, and why of each part that is not well."""
    answer = browser.get("/readyz")
    assert answer.content_type == "application/json" and "Set-Cookie" not in answer.headers
    shown = answer.json
    assert set(shown) == {"status", "checks"} and tuple(shown["checks"]) in (PARTS, PARTS[:-1])
    return (
        answer.status_code,
        shown["status"],
        {k: v["why"] for k, v in shown["checks"].items() if v != {"status": "ok"}},
    )


def beat(now: datetime, *kinds: str, ago: float = 0, last_error: str | None = None, **values: Any) -> None:
    for kind in kinds or ("worker", "scheduler"):
        beat_at = now - timedelta(seconds=ago)
        db.session.merge(Heartbeat(process_id=kind, kind=kind, beat_at=beat_at, last_error=last_error, **values))
    db.session.commit()


@pytest.fixture
def black_hole() -> Iterator[socket.socket]:
    """Where connections are taken and never a word is said."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def test_healthz_answers_everybody(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_readyz_asks_a_recent_beat_of_each_kind(client: FlaskClient, now: datetime) -> None:
    assert readiness(client) == (503, "bad", {"worker": "no_worker", "scheduler": "no_scheduler"})
    beat(now, ago=55)
    assert readiness(client) == (200, "ok", {})
    beat(now, "scheduler", ago=61)
    assert readiness(client) == (503, "bad", {"scheduler": "no_scheduler"})


def test_readyz_fails_when_an_untried_reminder_is_two_minutes_late(
    client: FlaskClient, now: datetime, make_call: MakeCall
) -> None:
    make_call(1, at=now - timedelta(hours=30))
    beat(now)
    for seconds, attempts, expected in ((110, 0, 200), (125, 0, 503), (125, 1, 200)):
        at = now - timedelta(seconds=seconds)
        db.session.execute(update(Row).values(next_attempt_at=at, attempts=attempts))
        db.session.commit()
        assert readiness(client)[0] == expected
    db.session.execute(update(Row).values(attempts=0))
    assert readiness(client) == (503, "bad", {"punctuality": "late"})


def test_readyz_warns_of_delays_without_quoting_the_mail_server(
    client: FlaskClient, now: datetime, settings: Settings, redis: Redis
) -> None:
    beat(now, last_error="535 ana@example.com may not log in")
    assert readiness(client) == (200, "warning", {"mail": "held_back"})
    assert "ana@" not in client.get("/readyz").text
    redis.pause()
    try:
        began = time.monotonic()
        assert readiness(client) == (200, "warning", {"mail": "held_back", "redis": "redis_away"})
        assert time.monotonic() - began < 2.5
    finally:
        redis.resume()
    with running(replace(settings, smtp=None)) as without:
        assert readiness(without.test_client()) == (200, "warning", {"mail": "no_mail_server"})


@pytest.mark.parametrize(
    ("offset", "why"), [(1.9, {}), (-2.1, {"clocks": "clock_off"}), (180, {"clocks": "clock_off"})]
)
def test_readyz_a_clock_is_off_warns(client: FlaskClient, now: datetime, offset: float, why: dict[str, str]) -> None:
    beat(now, clock_offset=0.0)
    beat(now, "scheduler", clock_offset=offset)
    assert readiness(client) == (200, "warning" if why else "ok", why)


def test_readyz_sees_a_database_behind_the_code(client: FlaskClient, now: datetime) -> None:
    beat(now)
    [newest] = db.session.scalars(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert readiness(client) == (503, "bad", {"migrations": "not_migrated"})
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        db.session.commit()


@ON_POSTGRESQL
def test_readyz_does_not_wait_for_a_locked_table(
    client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(now)
    monkeypatch.setattr(checks, "PATIENCE", 0.2)
    with db.engine.connect() as connection:
        connection.execute(text("LOCK TABLE notification_schedules IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        fails = dict.fromkeys(("worker", "scheduler", "punctuality", "mail", "clocks"), "database_fails")
        assert readiness(client) == (503, "bad", fails)
        assert time.monotonic() - began < 2
    assert readiness(client) == (200, "ok", {})


def test_a_database_that_hangs_holds_one_thread_and_nobody_up(
    black_hole: socket.socket, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PATIENCE", 0.3)
    database = f"postgresql://nobody@127.0.0.1:{black_hole.getsockname()[1]}/nothing"
    with running(load(variables(database, 1, 1), tmp_path)) as app:
        began = time.monotonic()
        answers = [readiness(app.test_client()) for _ in range(4)]
        assert time.monotonic() - began < 2.5
        assert answers == [(503, "bad", dict.fromkeys(PARTS[:-1], "database_fails"))] * 4
        hanging = [thread for thread in threading.enumerate() if thread.name == "bounded"]
        assert len(hanging) == 1
        assert app.test_client().get("/healthz").text == "ok"
        black_hole.close()
        hanging[0].join(10)


def test_readyz_without_database_fails_every_part_that_needs_it(tmp_path: Any) -> None:
    with running(load(variables("postgresql://nobody@127.0.0.1:1/nothing", 1, 1), tmp_path)) as app:
        fails = dict.fromkeys(PARTS[:-1], "database_fails") | {"redis": "redis_away"}
        assert readiness(app.test_client()) == (503, "bad", fails)


def test_readyz_reads_without_keeping_writers_waiting(
    app: Flask, client: FlaskClient, now: datetime, stored: Callable[..., list[Any]]
) -> None:
    """On SQLite a transaction that does not say that it only reads would wait for whoever writes."""
    beat(now)
    with db.engine.begin() as writing:
        writing.execute(text("UPDATE heartbeats SET last_error = NULL"))
        began = time.monotonic()
        assert readiness(client) == (200, "ok", {})
        assert time.monotonic() - began < 2
