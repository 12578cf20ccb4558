"""``doctor`` looks at each part for itself: one ill part hides no other."""

import pytest
from flask import Flask
from sqlalchemy import text, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from tests.fixtures.databases import BOTH_DATABASES


@pytest.fixture
def alive(app: Flask) -> None:
    """A worker and a scheduler were heard just now."""
    for kind in ("worker", "scheduler"):
        db.session.add(Heartbeat(process_id=kind, kind=kind, beat_at=utcnow()))
    db.session.commit()


def report(result) -> dict[str, str]:
    """Part → "ok" or what is wrong with it."""
    found = {}
    for line in result.stdout.splitlines():
        state, _, rest = line.partition(" ")
        part, _, words = rest.strip().partition(": ")
        found[part] = words if state == "FAIL" else "ok"
    return found


def well(**ill: str) -> dict[str, str]:
    parts = ("configuration", "database", "migrations", "redis", "mail", "pulse", "clocks", "address", "proxy")
    return dict.fromkeys(parts, "ok") | ill


@BOTH_DATABASES
def test_all_is_well(flask, alive):
    result = flask("doctor")
    assert (result.exit_code, report(result)) == (0, well())
    assert f"database: {db.engine.dialect.name}\n" in result.stdout  # and no pooler between


def test_doctor_reports_a_silent_engine_with_the_commands_that_start_it(flask):
    result = flask("doctor")
    silent = (
        "no worker has been heard for a minute; run: flask --app wsgi run-worker; "
        "no scheduler has been heard for a minute; run: flask --app wsgi run-scheduler"
    )
    assert (result.exit_code, report(result)) == (1, well(pulse=silent))


def test_doctor_reports_a_mail_server_that_is_down(flask, alive, smtp):
    smtp.stop()
    result = flask("doctor")
    assert result.exit_code == 1
    assert report(result) == well(mail=f"no connection to 127.0.0.1:{smtp.port}: [Errno 111] Connection refused")


@BOTH_DATABASES
def test_doctor_reports_missing_migrations_with_the_command_that_helps(flask, alive):
    [newest] = db.session.scalars(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.session.commit()
    try:
        result = flask("doctor")
        behind = f"at 0000, not at {newest}; run: flask --app wsgi db upgrade"
        assert (result.exit_code, report(result)) == (1, well(migrations=behind))
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        db.session.commit()


@pytest.mark.parametrize(("offset", "level", "exit_code"), [(-1.5, "ok", 0), (-5.4, "WARN", 0), (40.0, "FAIL", 1)])
def test_doctor_clock_is_off_warns_and_fails_where_it_stops_mail(flask, alive, offset, level, exit_code):
    db.session.execute(update(Heartbeat).values(clock_offset=offset))
    db.session.commit()
    result = flask("doctor")
    [line] = [line for line in result.stdout.splitlines() if " clocks: " in line]
    assert (result.exit_code, line.split()[0]) == (exit_code, level)
    assert (f"one is {offset:+.0f} s off" in line) == (level != "ok")


def test_doctor_reports_redis_down_with_the_consequences(flask, alive, app):
    app.extensions["alarms"].redis.connection_pool.connection_kwargs["port"] = 1
    result = flask("doctor")
    assert result.exit_code == 1
    found = report(result)
    assert found.pop("redis").endswith("; reminders go out up to 60 s late meanwhile")
    assert found == {part: "ok" for part in well() if part != "redis"}
