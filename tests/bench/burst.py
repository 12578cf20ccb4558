"""Ten thousand reminders due at once, against Flask-Mail's own loop; and the same over a long road."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from flask import Flask
from flask_mail import Message
from sqlalchemy import select, text

from coverage_app import alarms
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from coverage_app.services.delivery import recheck
from coverage_app.services.emails import reminder
from coverage_app.services.emails.render import RenderedEmail
from tests.bench.environment import Stage, application, count, vacuum
from tests.bench.figures import Figure, at_least
from tests.bench.latency import FarAway
from tests.bench.sink import Accepted, Sink

SEED = Path(__file__).with_name("burst.sql").read_text().split(";\n")
ROUND_TRIP = 0.02  # seconds
PLACES = 300  # how far from its turn a mail may be: what a few workers hold between a claim and an acceptance


def without_latency(stage: Stage) -> Iterator[Figure]:
    """One worker, and two, beside Flask-Mail's loop; by turns, and the middle one of each."""
    number = stage.number(10_000)
    with ready(stage) as (app, environ, sink):
        bare, one, two = [], [], []
        for _ in range(3 if stage.scale >= 1 else 1):
            bare.append(_flask_mail_loop(app, sink, stage.number(3_000)))
            one.append(_workers(stage, app, environ, sink, number, 1))
            two.append(_workers(stage, app, environ, sink, number, 2))
    alone, together, loop = median(one), median(two), median(bare)
    yield at_least(
        f"burst of {number}, one worker", f"{alone:.0f}/s", f"Flask-Mail's loop {loop:.0f}/s", alone / loop, 1.5
    )
    yield at_least(
        f"burst of {number}, two workers", f"{together:.0f}/s", f"one worker {alone:.0f}/s", together / alone, 1.3
    )


def far_away(stage: Stage) -> Iterator[Figure]:
    """Through 20 ms of round trip: sixteen connections, beside a connection for each mail."""
    number = stage.number(1_000)
    with ready(stage) as (app, environ, sink), FarAway(sink.port, ROUND_TRIP / 2) as road:
        app.extensions["mail"].port = road.port
        each = _connection_each(app, sink, stage.number(100))
        rate = _workers(stage, app, environ | {"SMTP_PORT": str(road.port)}, sink, number, 1)
    yield at_least(
        f"burst of {number}, 20 ms away", f"{rate:.0f}/s", f"a connection each {each:.1f}/s", rate / each, 40
    )


@contextmanager
def ready(stage: Stage) -> Iterator[tuple[Flask, dict[str, str], Sink]]:
    with Sink() as sink:
        environ = stage.environ(stage.database(), sink.port)
        with application(environ) as app:
            yield app, environ, sink


def _workers(stage: Stage, app: Flask, environ: dict[str, str], sink: Sink, number: int, workers: int) -> float:
    """Mails accepted a second, from the moment all were due to the last; each once and about in its turn."""
    seed(app, number)
    with stage.engine(environ, app, workers):
        begun = _due_now(app)
        alarms.current().enqueue_now(utcnow())
        accepted = sink.wait_for(number, timeout=300)
        while count(app, "notification_schedules", "status <> 'sent'"):
            time.sleep(0.1)
        accepted += sink.take()
    _check(app, accepted)
    return number / (accepted[-1][0] - begun)


def seed(app: Flask, number: int) -> None:
    with app.app_context(), db.engine.begin() as connection:
        for statement in filter(str.strip, SEED):
            connection.execute(text(statement), {"rows": number})
    vacuum(app)


def _due_now(app: Flask) -> float:
    """Bring every reminder and its event to the last ten seconds; when that was committed."""
    shift = "- interval '1 day' + interval '15 min'"
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE follow_ups SET due_at = due_at {shift}")
        connection.exec_driver_sql(
            "UPDATE notification_schedules SET "
            + ", ".join(
                f"{name} = {name} {shift}" for name in ("event_due_date", "scheduled_send_at", "next_attempt_at")
            )
        )
    return time.time()


def _check(app: Flask, accepted: Accepted) -> None:
    """Every reminder was accepted once, and those of an earlier second before those of a later one."""
    with app.app_context():
        wanted = db.session.execute(select(Row.id, Row.scheduled_send_at).order_by(Row.scheduled_send_at)).all()
        db.session.rollback()
    due = {f"<{row.id}@example.com>": row.scheduled_send_at for row in wanted}
    came = [message_id for _, message_id in accepted]
    assert sorted(came) == sorted(due), f"{len(came)} accepted, {len(set(came))} of them different, of {len(due)}"
    for place, row in enumerate(wanted):
        assert due[came[place]] == row.scheduled_send_at or _near(due, came, wanted, place), f"place {place}"


def _near(due: dict, came: list[str], wanted: list, place: int) -> bool:
    """Is one of the same second as what came here due within ``PLACES``?"""
    around = wanted[max(0, place - PLACES) : place + PLACES]
    return any(row.scheduled_send_at == due[came[place]] for row in around)


def _messages(app: Flask, number: int) -> list[tuple[str, RenderedEmail]]:
    """What the worker will write for ``number`` reminders: (address, email)."""
    seed(app, number)
    _due_now(app)
    now = utcnow()
    with app.app_context():
        contexts = [recheck.preview(row_id, now) for row_id in db.session.scalars(select(Row.id))]
        return [(one.recipient_email, reminder.render_email(one, now)) for one in contexts if one]


def _flask_mail_loop(app: Flask, sink: Sink, number: int) -> float:
    """Flask-Mail as its documentation has it: one open connection, its own messages; the texts are given."""
    emails = _messages(app, number)
    with app.app_context():
        begun = time.time()
        with app.extensions["mail"].connect() as connection:
            for address, email in emails:
                connection.send(_message(address, email))
    return number / (sink.wait_for(number, 60)[-1][0] - begun)


def _connection_each(app: Flask, sink: Sink, number: int) -> float:
    emails = _messages(app, number)
    with app.app_context():
        begun = time.time()
        for address, email in emails:
            with app.extensions["mail"].connect() as connection:
                connection.send(_message(address, email))
    return number / (sink.wait_for(number, 60)[-1][0] - begun)


def _message(address: str, email: RenderedEmail) -> Message:
    return Message(email.subject, recipients=[address], body=email.text, html=email.html)
