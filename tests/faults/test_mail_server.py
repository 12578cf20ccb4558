"""Lines 6, 13, 14, 17 and 18: a mail server that hangs, leaves, or is not there."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import delivery
from coverage_app.services.delivery import sender
from tests.faults.conftest import ManyDue, Settled, Stored, message_id
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.smtp import DROP, Sink

pytestmark = ON_SQLITE  # they are about the breaker, which begins behind the database
UNTOUCHED = ("pending", 0, 0, None)


def standing(stored: Stored) -> Counter[tuple[str, int, int, object]]:
    return Counter((row.status, row.attempts, row.claims, row.claim_token) for row in stored(select(Row)))


async def never(_given: Any) -> str:
    await asyncio.sleep(60)
    return "250 OK"


def test_6_hang_in_one_message_and_at_every_quit_delays_only_that_message(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled
) -> None:
    hung: list[Any] = []

    async def hang_once(content: bytes) -> str | None:
        if hung:
            return None
        hung.append(content)
        return await never(content)

    smtp.replies |= {"DOT": hang_once, "QUIT": never}
    many_due(6)
    start("worker", WORKER_CONCURRENCY="2", SMTP_TIMEOUT="2")
    wait_until(lambda: Counter(stored(select(Row.status))) == {"sent": 5, "sending": 1})
    settled()
    assert sorted(stored(select(Row.attempts))) == [0] * 5 + [1]


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port at which nobody answers: its queue is full, so that Linux drops every further SYN."""
    with ExitStack() as until_the_end:
        listener = until_the_end.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = until_the_end.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("kind", ["closed", "black hole"])
def test_13_closed_port_counts_no_attempt_and_is_retried_with_back_off(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, black_hole: int, kind: str
) -> None:
    smtp.stop()
    many_due(3)
    port = black_hole if kind == "black hole" else smtp.port
    began = time.monotonic()
    worker = start("worker", SMTP_PORT=str(port), SMTP_TIMEOUT="1", TEST_CIRCUIT_BACKOFF="0.1,0.2,60")
    wait_until(lambda: worker.log.count("mail.circuit_opened") == 3)
    # Connecting took no longer than the time-out, three times, and the sweep comes once a second.
    assert time.monotonic() - began < 3 * (1 + 1) + 2
    assert f"no connection to 127.0.0.1:{port}" in worker.log
    wait_until(lambda: standing(stored) == {UNTOUCHED: 3})
    smtp.start()
    start("worker")
    settled()


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_14_server_that_answers_421_is_tried_once_more_then_left_alone(
    many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, step: str
) -> None:
    many_due(1)
    delivery.deliver_and_wait(utcnow())  # the line is open now, and has stood the test
    smtp.said.clear()
    smtp.replies["MAIL"] = lambda _given: "421 4.3.2 Going"
    smtp.replies[step] = lambda _given: "421 4.3.2 Going"
    [second] = many_due(1)
    delivery.deliver_and_wait(utcnow())
    assert (smtp.said.count("CONNECT"), len(smtp.messages)) == (1, 1)
    assert standing(stored) == {UNTOUCHED: 1, ("sent", 0, 0, None): 1}
    assert delivery.get_dispatcher().breaker.last_error == "421 4.3.2 Going"
    delivery.deliver_and_wait(utcnow())
    assert smtp.said.count("CONNECT") == 1
    smtp.replies.clear()
    wait_until(lambda: delivery.deliver_and_wait(utcnow()).sent == 1)
    assert delivery.get_dispatcher().breaker.last_error is None
    settled()
    assert smtp.messages[1].message_id == second


@pytest.mark.parametrize("answer", [DROP, "421 4.3.2 Going", "500 What?"])
def test_17_failed_quit_after_success_changes_nothing(
    many_due: ManyDue,
    smtp: Sink,
    settled: Settled,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: str,
) -> None:
    monkeypatch.setattr(sender, "IDLE", 0.1)
    smtp.replies["QUIT"] = lambda _given: answer
    many_due(3)
    delivery.deliver_and_wait(utcnow())
    wait_until(lambda: smtp.said.count("QUIT") == smtp.said.count("CONNECT"))
    wait_until(lambda: delivery.get_dispatcher()._senders == set())
    settled()
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_18_server_that_leaves_after_two_of_five_gets_the_rest_later(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored
) -> None:
    smtp.replies["MAIL"] = lambda _given: DROP if len(smtp.messages) == 2 else None
    many_due(5)
    worker = start("worker", WORKER_CONCURRENCY="1")
    wait_until(lambda: smtp.said.count("MAIL") >= 3)  # so the first two have had their answers
    smtp.stop()
    wait_until(lambda: "mail.circuit_opened" in worker.log)
    wait_until(lambda: standing(stored) == {("sent", 0, 0, None): 2, UNTOUCHED: 3})
    smtp.replies.clear()
    smtp.start()
    wait_until(lambda: set(stored(select(Row.status))) == {"sent"})
    assert Counter(mail.message_id for mail in smtp.messages) == Counter(map(message_id, stored(select(Row.id))))


@pytest.mark.parametrize("answer", [DROP, "421 4.7.0 Not for this one"])
def test_14_mail_that_breaks_every_connection_delays_only_itself(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, people: People, answer: str
) -> None:
    smtp.replies["RCPT"] = lambda given: answer if people.outsider.email in given else None
    many_due(20)
    first = stored(select(Row.entity_id))[0]
    for model, one in ((Row, Row.entity_id == first), (FollowUp, FollowUp.entity_id == first)):
        db.session.execute(update(model).where(one).values(coverage_user_id=people.outsider.id))
    db.session.execute(
        update(Row).where(Row.entity_id == first).values(next_attempt_at=utcnow() - timedelta(seconds=9))
    )
    worker = start("worker", WORKER_CONCURRENCY="1", TEST_CIRCUIT_BACKOFF="2,60")
    wait_until(lambda: Counter(stored(select(Row.status))) == {"sent": 19, "pending": 1})
    wait_until(lambda: stored(select(Row.attempts).where(Row.entity_id == first)) == [1])
    assert "mail.circuit_opened" not in worker.log and set(
        stored(select(Row.attempts).where(Row.entity_id != first))
    ) == {0}
    smtp.replies.clear()
    settled()
