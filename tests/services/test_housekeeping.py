"""What is kept, and for how long."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Change, Contact, FirstAnswer, FollowUp, SignIn
from coverage_app.models import NotificationSchedule as Row
from coverage_app.services import housekeeping, records
from coverage_app.services.entities import CALL
from tests.fixtures.people import People

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
    db.session.execute(update(Change).values(at=long_ago))
    db.session.add_all([SignIn(user_id=people.cover.id, created_at=long_ago), SignIn(user_id=people.cover.id)])
    key = {"user_id": people.cover.id, "fingerprint": "", "body": {}}
    db.session.add(FirstAnswer(key="yesterday", created_at=NOW - timedelta(hours=24), **key))
    db.session.add(FirstAnswer(key="today", created_at=NOW - timedelta(hours=23), **key))
    db.session.commit()

    gone = {"reminders": 1, "changes": 1, "sign_ins": 1, "first_answers": 1, "imports": 0}
    assert housekeeping.forget_old(NOW) == gone
    assert set(stored(select(Row.id))) == {waiting, recent}
    assert stored(select(FirstAnswer.key)) == ["today"]
    assert [len(stored(select(model))) for model in (Call, FollowUp, SignIn)] == [1, 1, 1]
    assert housekeeping.forget_old(NOW) == {
        "reminders": 0,
        "changes": 0,
        "sign_ins": 0,
        "first_answers": 0,
        "imports": 0,
    }
