"""Line 22: on SQLite, which takes one writer at a time, several people, a long reader and a worker."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call
from coverage_app.services import records
from coverage_app.services.entities import CALL
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start
from tests.fixtures.people import People
from tests.servers.smtp import Sink

FIELDS = ("note", "result", "phone", "proxima_accion")
SAVES = 25


@ON_SQLITE
def test_22_writers_reader_and_worker_lose_no_update_and_wait_under_5_s(
    start: Start,
    app: Flask,
    call: Callable[..., Any],
    many_due: ManyDue,
    smtp: Sink,
    settled: Settled,
    stored: Stored,
    people: People,
    database_url: str,
) -> None:
    many_due(300, timedelta(seconds=1))
    one = call(timedelta(minutes=10))  # no reminder is still ahead of it
    worker = start("worker", LOG_FORMAT="json")

    def write(field: str) -> float:
        slowest = 0.0
        for number in range(1, SAVES + 1):
            with app.app_context():
                began = time.monotonic()
                records.save(CALL, one, {field: str(number)}, by=people.responsible, now=utcnow())
                slowest = max(slowest, time.monotonic() - began)
        return slowest

    db.session.commit()
    reader = sqlite3.connect(urlsplit(database_url).path)
    reader.execute("BEGIN")
    before = reader.execute("SELECT count(*), max(version) FROM calls").fetchone()
    with ThreadPoolExecutor(len(FIELDS)) as writers:
        slowest = list(writers.map(write, FIELDS))
    settled()
    assert reader.execute("SELECT count(*), max(version) FROM calls").fetchone() == before
    reader.close()
    [saved] = stored(select(Call).where(Call.id == one))
    assert {getattr(saved, field) for field in FIELDS} == {str(SAVES)}
    assert saved.version == 1 + len(FIELDS) * SAVES
    assert max(slowest) < 5
    assert "locked" not in worker.log
