"""Reminders that are due, made through the door that people use, and processes to deliver them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp
from coverage_app.models import NotificationSchedule as Row
from coverage_app.services import records
from coverage_app.services.entities import CALL
from tests.fixtures.people import People

ROOT = Path(__file__).resolve().parents[2]
Stored = Callable[..., list[Any]]


@pytest.fixture
def call(app: Flask, people: People, contact: Contact) -> Callable[..., UUID]:
    """Saves a call that Bea covers for Ana, due ``ahead`` of now; ``planned`` is when it was saved."""

    def made(ahead: timedelta, *, planned: datetime | None = None, **changes: Any) -> UUID:
        now = utcnow()
        given = {
            "entity_id": contact.id,
            "called_at": now,
            "coverage_user_id": people.cover.id,
            "proxima_llamada_fecha": now.replace(microsecond=0) + ahead,
        } | changes
        return records.create(CALL, uuid4(), given, by=people.responsible, now=planned or now).record.id

    return made


@pytest.fixture
def due_now(call: Callable[..., UUID], stored: Stored) -> Callable[..., list[Row]]:
    """Makes ``count`` calls whose 15-minute reminder is due at this second: data moves, not the clock."""

    def made(count: int = 1, **changes: Any) -> list[Row]:
        for _ in range(count):
            call(timedelta(minutes=30), **changes)
        move(timedelta(minutes=-15))
        return stored(select(Row).order_by(Row.id))

    return made


def move(by: timedelta) -> None:
    """Shift every waiting reminder, and what it speaks of, in time."""
    for row in db.session.scalars(select(Row).where(Row.status == "pending")):
        row.event_due_date, row.scheduled_send_at = row.event_due_date + by, row.scheduled_send_at + by
        row.next_attempt_at += by
    for follow_up in db.session.scalars(select(FollowUp)):
        follow_up.due_at += by
    for one in db.session.scalars(select(Call).where(Call.proxima_llamada_fecha.is_not(None))):
        db.session.execute(
            update(Call).where(Call.id == one.id).values(proxima_llamada_fecha=one.proxima_llamada_fecha + by)
        )
    db.session.commit()


@pytest.fixture
def statuses(stored: Stored) -> Callable[[], list[str]]:
    """«status» or «status: why» of every row, sorted."""

    def read() -> list[str]:
        rows = stored(select(Row))
        return sorted(f"{row.status}: {row.last_error}" if row.last_error else row.status for row in rows)

    return read


@pytest.fixture
def start(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a real ``worker`` or ``scheduler``; those still running at the end are killed."""
    running: list[subprocess.Popen[bytes]] = []

    def started(kind: str, **changes: str) -> subprocess.Popen[bytes]:
        log = (tmp_path / f"{kind}-{len(running)}.log").open("wb")
        command = [sys.executable, "-m", f"coverage_app.{kind}"]
        running.append(subprocess.Popen(command, env=environ | changes, cwd=ROOT, stderr=log))
        log.close()
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait()
