"""A copy of the database, and a proxy that nobody counted: noted once, shown by ``doctor`` and on System."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from coverage_app.clock import utcnow
from coverage_app.models import InstallationNote
from coverage_app.services import installation
from tests.fixtures.application import running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import wait_until
from tests.web.page_reader import get

COPY = "https://copy.example.com"


def doctor(app, part: str) -> str:
    lines = app.test_cli_runner().invoke(args=["doctor"]).stdout.splitlines()
    return next(line for line in lines if line[6:].startswith(f"{part}: "))


def test_address_that_release_wrote_is_compared_by_doctor(settings):
    with running(settings) as app:
        app.test_cli_runner().invoke(args=["reconcile", "--dry-run"])
        assert doctor(app, "address").startswith("ok")
        released = app.test_cli_runner().invoke(args=["reconcile"])
        assert (released.exit_code, "WARNING" in released.output) == (0, False)
        assert doctor(app, "address").startswith("ok")
    with running(replace(settings, app_url=COPY)) as app:
        line = doctor(app, "address")
        assert line.startswith(f"FAIL  address: the last release ran as {settings.app_url}") and "SMTP_SERVER" in line
        moved = app.test_cli_runner().invoke(args=["reconcile"])
        assert f"WARNING: APP_URL was {settings.app_url} and is {COPY} now" in moved.stderr
        assert moved.stdout.startswith("checked=")
        assert doctor(app, "address").startswith("ok")


@ON_SQLITE
def test_embedded_release_notes_no_address(settings):
    with running(replace(settings, embedded=True)) as app:
        assert app.test_cli_runner().invoke(args=["reconcile"]).exit_code == 0
        assert installation.db.session.get(InstallationNote, installation.APP_URL) is None


@ON_SQLITE
def test_system_shows_a_copy_and_a_proxy(app, people, sign_in):
    now = utcnow()
    installation.record_address(COPY, now)
    installation.record_forwarded("X-Forwarded-For", now)
    words = get(sign_in(people.admin), "/system").words
    assert f"La última versión se puso en marcha en {COPY}." in words and "TRUSTED_PROXIES" in words


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
@ON_SQLITE
def test_forwarded_request_leaves_one_warning(settings, header):
    with running(settings) as app, capture_logs() as logs:
        assert doctor(app, "proxy").startswith("ok")

        def is_noted() -> bool:
            assert app.test_client().get("/healthz", headers={header: "for=192.0.2.7"}).status_code == 200
            return doctor(app, "proxy").startswith("WARN")

        wait_until(is_noted)
        assert [log["header"] for log in logs if log["event"] == "proxy.not_trusted"] == [header]
        assert "192.0.2.7" not in str(logs)
    with running(replace(settings, trusted_proxies=1)) as app, capture_logs() as logs:
        assert doctor(app, "proxy") == "ok    proxy: 1 trusted"
        app.test_client().get("/healthz", headers={header: "192.0.2.7"})
        assert logs == []


@ON_SQLITE
def test_forwarded_request_that_could_not_be_noted_is_noted_by_the_next(settings, monkeypatch):
    noted, record = [], installation.record_forwarded

    def fail_once(header, now):
        noted.append(header)
        if len(noted) == 1:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        record(header, now)

    monkeypatch.setattr(installation, "record_forwarded", fail_once)
    with running(settings) as app, capture_logs() as logs:

        def is_noted() -> bool:
            app.test_client().get("/healthz", headers={"Forwarded": "for=192.0.2.7"})
            return doctor(app, "proxy").startswith("WARN")

        wait_until(is_noted)
        assert [log["event"] for log in logs if log["event"].startswith("proxy.")] == [
            "proxy.not_trusted",
            "proxy.not_noted",
        ]


@ON_SQLITE
def test_forwarded_request_is_forgotten_after_a_week(app):
    now = utcnow()
    installation.record_forwarded("Forwarded", now - timedelta(days=8))
    assert installation.find_notices(now).forwarded_at is None
