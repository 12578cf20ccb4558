"""What every fault is measured by: the exact multiset of mails accepted, and the final status of every row."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, FollowUp
from coverage_app.models import Reminder as Row
from tests.servers import wait_until
from tests.servers.smtp import Sink

QUARTER = timedelta(minutes=15)
Stored = Callable[..., list[Any]]
ManyDue = Callable[..., list[str]]
Settled = Callable[..., None]


def message_id(row_id: object) -> str:
    """The Message-ID under which a reminder leaves, every time."""
    return f"<{row_id}@example.com>"


@pytest.fixture
def many_due(call: Any, stored: Stored) -> ManyDue:
    """Stores ``count`` calls whose only reminder is due ``ahead`` of now, or at each of several times in turn;
    returns their Message-IDs. Written past the one door, which takes milliseconds for each."""

    def made(count: int, ahead: timedelta | list[timedelta] = timedelta()) -> list[str]:
        now = utcnow().replace(microsecond=0)
        times = [now + one for one in (ahead if isinstance(ahead, list) else [ahead])]
        first = call(timedelta(minutes=30))
        for model, mine in ((Call, Call.id == first), (FollowUp, FollowUp.entity_id == first)):
            original = stored(select(model).where(mine))[0]
            copies[model] = {column.key: getattr(original, column.key) for column in model.__mapper__.columns}
        copies[Row] = {
            column.key: getattr(row, column.key)
            for row in stored(select(Row).where(Row.entity_id == first))
            for column in Row.__mapper__.columns
        }
        db.session.execute(Call.__table__.delete().where(Call.id == first))
        db.session.execute(FollowUp.__table__.delete().where(FollowUp.entity_id == first))
        db.session.execute(Row.__table__.delete().where(Row.entity_id == first))
        made = [_one(copies, times[number % len(times)]) for number in range(count)]
        for model in (Call, FollowUp, Row):
            db.session.execute(insert(model.__table__), [one[model] for one in made])
        db.session.commit()
        return [message_id(one[Row]["id"]) for one in made]

    copies: dict[Any, dict[str, Any]] = {}
    return made


def _one(copies: dict[Any, dict[str, Any]], send_at: datetime) -> dict[Any, dict[str, Any]]:
    """A call, its follow-up and its reminder, like the copied ones, to be sent at ``send_at``."""
    entity, due = uuid4(), send_at + QUARTER
    return {
        Call: copies[Call] | {"id": entity, "proxima_llamada_fecha": due},
        FollowUp: copies[FollowUp] | {"id": uuid4(), "entity_id": entity, "due_at": due},
        Row: copies[Row]
        | {
            "id": uuid4(),
            "entity_id": entity,
            "event_due_date": due,
            "scheduled_send_at": send_at,
            "next_attempt_at": send_at,
        },
    }


@pytest.fixture
def settled(smtp: Sink, stored: Stored) -> Settled:
    """Waits until every row has been sent and holds what was accepted against it: each one once, and those that
    ``twice`` names twice under one Message-ID."""

    def check(*, twice: Iterable[str] = (), timeout: float = 30) -> None:
        wait_until(lambda: set(stored(select(Row.status))) == {"sent"}, timeout, "every row is sent")
        expected = Counter(map(message_id, stored(select(Row.id)))) + Counter(twice)
        assert Counter(mail.message_id for mail in smtp.messages) == expected
        leftovers = {(row.claim_token, row.claims, row.last_error) for row in stored(select(Row))}
        assert {(token, claims) for token, claims, _ in leftovers} == {(None, 0)}

    return check
