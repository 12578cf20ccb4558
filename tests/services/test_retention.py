"""What is kept, and for how long."""

from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.enums import ProcessKind
from coverage_app.extensions import db
from coverage_app.heartbeats import HeartbeatThread
from coverage_app.models import AuditEntry, Call, Contact, FollowUp, Heartbeat, IdempotencyKey, SignIn
from coverage_app.models import Reminder as Row
from coverage_app.services import records, retention
from coverage_app.services.entities import CALL
from coverage_app.settings import Settings
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.people import People
from tests.services.queries.test_query_plans import listening

pytestmark = BOTH_DATABASES

NOW = utcnow().replace(microsecond=0)


def test_old_history_goes_and_what_waits_stays(app: Flask, people: People, contact: Contact, stored: Any) -> None:
    due = NOW + timedelta(hours=25)
    given = {"entity_id": contact.id, "called_at": NOW, "proxima_llamada_fecha": due}
    records.create(CALL, uuid4(), given | {"coverage_user_id": people.cover.id}, by=people.responsible, now=NOW)
    old, waiting, recent = stored(select(Row.id).order_by(Row.scheduled_send_at))
    long_ago = NOW - timedelta(days=401)
    for row_id, sent_at in ((old, long_ago), (recent, NOW)):
        gone = {"status": "sent", "sent": True, "scheduled_send_at": sent_at}
        db.session.execute(update(Row).where(Row.id == row_id).values(gone))
    db.session.execute(update(Row).where(Row.id == waiting).values(scheduled_send_at=long_ago))
    db.session.execute(update(AuditEntry).values(at=long_ago))
    db.session.add_all([SignIn(user_id=people.cover.id, created_at=long_ago), SignIn(user_id=people.cover.id)])
    key = {"user_id": people.cover.id, "fingerprint": "", "body": {}}
    db.session.add(IdempotencyKey(key="yesterday", created_at=NOW - timedelta(hours=24), **key))
    db.session.add(IdempotencyKey(key="today", created_at=NOW - timedelta(hours=23), **key))
    db.session.commit()

    gone = {"reminders": 1, "changes": 1, "sign_ins": 1, "idempotency_keys": 1, "imports": 0}
    assert retention.delete_expired(NOW) == gone
    assert set(stored(select(Row.id))) == {waiting, recent}
    assert stored(select(IdempotencyKey.key)) == ["today"]
    assert [len(stored(select(model))) for model in (Call, FollowUp, SignIn)] == [1, 1, 1]
    assert retention.delete_expired(NOW) == {
        "reminders": 0,
        "changes": 0,
        "sign_ins": 0,
        "idempotency_keys": 0,
        "imports": 0,
    }


@pytest.fixture
def old_sign_ins(app: Flask, people: People) -> list[UUID]:
    made = [SignIn(user_id=people.cover.id, created_at=NOW - timedelta(days=31)) for _ in range(5)]
    db.session.add_all(made)
    db.session.commit()
    return [one.id for one in made]


def test_it_deletes_some_at_a_time(app: Flask, old_sign_ins: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    with listening(app) as said:
        assert retention.delete_expired(NOW)["sign_ins"] == 5
    assert len([statement for statement, _ in said if statement.startswith("DELETE")]) == 3


@ON_POSTGRESQL
def test_two_workers_that_keep_house_do_not_wait_for_each_other(old_sign_ins: list[UUID], stored: Any) -> None:
    with db.engine.begin() as other:
        other.execute(select(SignIn.id).where(SignIn.id.in_(old_sign_ins[:2])).with_for_update())
        assert retention.delete_expired(NOW)["sign_ins"] == 3
    assert set(stored(select(SignIn.id))) == set(old_sign_ins[:2])


@ON_SQLITE
def test_a_beat_forgets_processes_that_were_silent_for_a_day(settings: Settings, app: Flask, stored: Any) -> None:
    for hours in (25, 23):
        beat_at = NOW - timedelta(hours=hours)
        db.session.add(Heartbeat(process_id=f"worker-{hours}", kind="worker", beat_at=beat_at))
    db.session.commit()
    heart = HeartbeatThread(settings, ProcessKind.SCHEDULER, Event())
    heart.beat()
    heart.engine.dispose()
    assert set(stored(select(Heartbeat.process_id))) == {"worker-23", heart.process_id}
