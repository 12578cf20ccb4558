"""``deliver-due``, ``reconcile``, ``run-worker`` and ``run-scheduler``."""

import signal
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Call, Contact, Heartbeat, Reminder
from coverage_app.services import records
from coverage_app.services.entities import CALL
from coverage_app.settings import ROOT
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.servers import wait_until


@pytest.fixture
def overdue(people: People, contact: Contact) -> Call:
    """A call whose 15-minute reminder fell due a minute ago, and was planned before that."""
    now = utcnow().replace(microsecond=0)
    changes = {
        "entity_id": contact.id,
        "called_at": now,
        "coverage_user_id": people.cover.id,
        "proxima_llamada_fecha": now + timedelta(minutes=14),
    }
    return records.create(CALL, uuid4(), changes, by=people.responsible, now=now - timedelta(minutes=5)).record


def test_deliver_due_sends_what_is_due_and_counts_it(flask, overdue, smtp):
    result = flask("deliver-due")
    assert (result.exit_code, result.stdout) == (0, "sent=1 retried=0 skipped=0 failed=0\n")
    assert [mail.recipients for mail in smtp.messages] == [("bea@example.com",)]


def test_deliver_due_says_when_there_was_nothing(flask, smtp):
    result = flask("deliver-due")
    assert (result.exit_code, result.stdout) == (0, "sent=0 retried=0 skipped=0 failed=0\n")


def test_deliver_due_fails_when_the_mail_server_is_away(flask, overdue, smtp, stored):
    smtp.stop()
    result = flask("deliver-due")
    assert (result.exit_code, result.stdout) == (1, "sent=0 retried=0 skipped=0 failed=0\n")
    assert result.stderr.splitlines()[-1].startswith(f"Error: mail server: no connection to 127.0.0.1:{smtp.port}")
    assert [row.status for row in stored(select(Reminder))] == ["pending"]


def test_reconcile_prints_what_it_found(flask, overdue):
    assert flask("reconcile").stdout == "checked=1 made=0 deleted=0 changed=0\n"
    assert flask("reconcile", "--dry-run").stdout == "checked=1 made=0 deleted=0 changed=0\n"


@ON_SQLITE
@pytest.mark.parametrize(("command", "kind"), [("run-worker", "worker"), ("run-scheduler", "scheduler")])
def test_the_process_started_is_the_one_that_signals_must_reach(command, kind, environ, app, stored):
    started = [sys.executable, "-m", "flask", "--app", "wsgi", command]
    with subprocess.Popen(started, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            beat = wait_until(lambda: stored(select(Heartbeat)), 20, f"a heartbeat of the {kind}")[0]
            assert (beat.kind, beat.process_id.rpartition("-")[2]) == (kind, str(process.pid))
            process.send_signal(signal.SIGTERM)
            assert process.wait(9) == 0
        finally:
            process.kill()


@ON_SQLITE
def test_a_wrong_setting_stops_every_command_with_one_line(environ):
    started = [sys.executable, "-m", "flask", "--app", "wsgi", "reconcile"]
    wrong = environ | {"SMTP_PORT": "many"}
    result = subprocess.run(started, cwd=ROOT, env=wrong, capture_output=True, text=True, timeout=30)
    assert result.returncode != 0
    assert result.stderr == "SMTP_PORT: must be a whole number from 1 to 65535; for example SMTP_PORT=587\n"
