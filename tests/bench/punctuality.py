"""Sixty reminders on sixty seconds, all processes real: how long after its second each was accepted."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from coverage_app import alarms
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from tests.bench.burst import ready, seed
from tests.bench.environment import Stage, execute
from tests.bench.figures import Figure, rank

AHEAD = timedelta(seconds=5)
POLL = "a poll every 5 min: 150 s mean, 300 s worst"  # by calculation


def measure(stage: Stage) -> Iterator[Figure]:
    number = stage.number(60)
    with ready(stage) as (app, environ, sink):
        seed(app, number)
        with stage.engine(environ, app, workers=1, schedulers=1):
            due = _one_a_second(app)
            accepted = sink.wait_for(number, timeout=number + 30)
    late = [at - due[message_id] for at, message_id in accepted]
    middle, worst = rank(late, 0.5), max(late)
    assert min(late) >= 0, "a reminder left before its second"
    yield Figure("punctuality, p50", f"{middle:.3f} s", POLL, middle / 150, "≤ 0.05 s", middle <= 0.05)
    yield Figure(f"punctuality, worst of {number}", f"{worst:.3f} s", POLL, worst / 300, "≤ 0.3 s", worst <= 0.3)


def _one_a_second(app: Flask) -> dict[str, float]:
    """Spread the reminders over the coming seconds, set their alarms as saves do; when each is due, by Message-ID."""
    now = utcnow().replace(microsecond=0)
    execute(
        app,
        "WITH turn AS (SELECT id, :first + row_number() OVER () * interval '1 s' AS at FROM notification_schedules)"
        " UPDATE notification_schedules n SET scheduled_send_at = at, next_attempt_at = at,"
        " event_due_date = at + interval '15 min' FROM turn WHERE turn.id = n.id",
        first=now + AHEAD,
    )
    execute(
        app,
        "UPDATE follow_ups f SET due_at = event_due_date FROM notification_schedules n WHERE n.entity_id = f.entity_id",
    )
    with app.app_context():
        rows = db.session.execute(select(Row.id, Row.scheduled_send_at)).all()
        db.session.rollback()
        for row in rows:
            alarms.current().set_for([row.scheduled_send_at], now)
    return {f"<{row.id}@example.com>": row.scheduled_send_at.timestamp() for row in rows}
