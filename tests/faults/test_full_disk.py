"""Line 23: the disk is full. Nothing is half saved, and nothing is sent that cannot be recorded."""

import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, User
from coverage_app.models import Reminder as Row
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.fixtures.databases import ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.engine import Start
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.smtp import Sink
from tests.web.page_reader import send

PAGE = 4096
# PostgreSQL's own words for it, from within: every statement after the claim sees a full disk.
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER full_disk BEFORE UPDATE ON notification_schedules
    FOR EACH ROW WHEN (NEW.status <> 'sending') EXECUTE FUNCTION full_disk();
"""
FREE = "DROP TRIGGER full_disk ON notification_schedules; DROP FUNCTION full_disk()"


@ON_POSTGRESQL
def test_23_full_disk_sends_one_mail_a_connection_until_marks_are_written(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, database_url: str
) -> None:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(FULL)
        try:
            many_due(5)
            worker = start("worker", WORKER_CONCURRENCY="1")
            wait_until(lambda: worker.log.count("outcomes.commit_failed") >= 2)
            assert len(smtp.messages) == 1 and "No space left on device" in worker.log
        finally:
            server.execute(FREE)
    settled()


@ON_SQLITE
def test_23_full_disk_on_sqlite_sends_no_second_copy(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, database_url: str
) -> None:
    """From the first acceptance on, the worker's files may not grow beyond what a mark needs."""
    many_due(5)
    worker = start("worker", WORKER_CONCURRENCY="1")

    async def fill_up(_content: bytes) -> None:
        if len(smtp.messages) == 1:
            with closing(sqlite3.connect(urlsplit(database_url).path)) as connection:
                wait_until(lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            limit(3 * PAGE)

    def limit(size: int) -> None:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    smtp.replies["KEPT"] = fill_up
    wait_until(lambda: worker.log.count("outcomes.commit_failed") >= 2)
    assert len(smtp.messages) == 1
    limit(resource.RLIM_INFINITY)
    settled()


@ON_SQLITE
def test_23_a_save_is_an_error_page_and_leaves_no_half(
    stored: Stored,
    people: People,
    contact: Contact,
    sign_in: Callable[[User], FlaskClient],
    caplog: pytest.LogCaptureFixture,
    database_url: str,
) -> None:
    browser = sign_in(people.responsible)
    with closing(sqlite3.connect(urlsplit(database_url).path)) as connection:
        connection.execute("VACUUM")  # pages that an earlier test left free would be room enough
    given = {
        "entity_id": str(contact.id),
        "coverage_user_id": str(people.cover.id),
        "proxima_llamada_fecha": "2027-12-02T10:00",
        "note": "x" * 20_000,
    }

    def full(connection: object, _branch: object = None) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()  # type: ignore[attr-defined]
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    event.listen(db.engine, "begin", full)
    try:
        answer = send(browser, "/calls/new", **given)
    finally:
        event.remove(db.engine, "begin", full)
        db.engine.dispose()
    assert (answer.status, answer.path) == (503, "/calls/new") and "no puede responder" in answer.words
    assert "disk is full" in caplog.text and "xxx" not in caplog.text
    assert [stored(select(model)) for model in (Call, FollowUp, Row)] == [[], [], []]
