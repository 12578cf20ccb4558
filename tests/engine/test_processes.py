"""Real worker and scheduler processes: on time by the alarm, certain by the sweep, gone when told to go."""

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.models import NotificationSchedule as Row
from tests.fixtures.engine import Start, wait_until
from tests.servers.redis import Redis
from tests.servers.smtp import Sink

QUARTER = timedelta(minutes=15)
# Only the alarm can be punctual when the sweep comes this seldom.
SELDOM = {"TEST_SWEEP": "600"}


def beating(stored: Any, *kinds: str) -> Callable[[], bool]:
    return lambda: sorted(stored(select(Heartbeat.kind))) == sorted(kinds)


def sent_ids(smtp: Sink) -> list[str]:
    return sorted(mail.message_id for mail in smtp.messages)


def row_ids(stored: Any) -> list[str]:
    return sorted(f"<{row_id}@example.com>" for row_id in stored(select(Row.id)))


def test_mails_arrive_at_their_second(start: Start, call: Any, smtp: Sink, stored: Any) -> None:
    start("worker", **SELDOM)
    start("scheduler")
    wait_until(beating(stored, "worker", "scheduler"))
    for seconds in (4, 5, 6):
        call(QUARTER + timedelta(seconds=seconds))
    accepted = {mail.message_id: mail.at for mail in smtp.wait_for(3, timeout=30)}
    late = sorted(accepted[f"<{row.id}@example.com>"] - row.scheduled_send_at for row in stored(select(Row)))
    assert late[0] >= timedelta(0)
    # The median: a machine that is busy with something else for a moment is not the engine's doing.
    assert late[1] < timedelta(seconds=1)
    wait_until(lambda: stored(select(Row.status)) == ["sent"] * 3)


def test_what_became_due_while_everything_was_stopped_goes_out_once(
    start: Start, call: Any, smtp: Sink, stored: Any, environ: dict[str, str], start_redis: Callable[[], Redis]
) -> None:
    redis = start_redis()
    redis.stop()
    call(QUARTER + timedelta(seconds=2))
    wait_until(lambda: utcnow() > stored(select(Row.scheduled_send_at))[0])
    redis.start()
    start("worker", REDIS_URL=redis.url)
    start("scheduler", REDIS_URL=redis.url)
    smtp.wait_for(1, timeout=60)
    wait_until(lambda: stored(select(Row.status)) == ["sent"])
    assert sent_ids(smtp) == row_ids(stored)


def test_with_redis_never_started_it_goes_out_all_the_same(start: Start, call: Any, smtp: Sink, stored: Any) -> None:
    nowhere = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    start("worker", **nowhere)
    start("scheduler", **nowhere)
    wait_until(beating(stored, "worker", "scheduler"))
    call(QUARTER + timedelta(seconds=2))
    smtp.wait_for(1, timeout=60)
    wait_until(lambda: stored(select(Row.status)) == ["sent"])
    assert sent_ids(smtp) == row_ids(stored)


def test_a_wiped_redis_loses_and_doubles_nothing(
    start: Start, call: Any, smtp: Sink, stored: Any, redis: Redis
) -> None:
    start("worker")
    start("scheduler")
    wait_until(beating(stored, "worker", "scheduler"))
    for seconds in (3, 3, 4, 5, 5):
        call(QUARTER + timedelta(seconds=seconds))
    redis.flush()
    smtp.wait_for(5, timeout=60)
    wait_until(lambda: stored(select(Row.status)) == ["sent"] * 5)
    assert sent_ids(smtp) == row_ids(stored)


def test_two_hundred_in_one_second_with_four_workers_and_two_schedulers(
    start: Start, call: Any, smtp: Sink, stored: Any
) -> None:
    due = utcnow().replace(microsecond=0) + QUARTER + timedelta(seconds=14)
    for _ in range(200):
        call(QUARTER, proxima_llamada_fecha=due)
    for _ in range(4):
        start("worker")
    for _ in range(2):
        start("scheduler")
    wait_until(beating(stored, *["worker"] * 4, *["scheduler"] * 2), timeout=30)
    smtp.wait_for(200, timeout=60)
    wait_until(lambda: set(stored(select(Row.status))) == {"sent"}, timeout=30)
    assert sent_ids(smtp) == row_ids(stored)
    assert len(set(sent_ids(smtp))) == 200
    assert {row.claims for row in stored(select(Row))} == {0}


def test_an_alarm_leaves_nothing_behind_in_redis(
    start: Start, call: Any, smtp: Sink, stored: Any, redis: Redis
) -> None:
    start("worker", **SELDOM)
    start("scheduler")
    wait_until(beating(stored, "worker", "scheduler"))
    call(QUARTER + timedelta(seconds=3))
    smtp.wait_for(1)
    client = redis.client()
    wait_until(lambda: list(client.scan_iter("rq:job:*")) == [])
    assert client.zcard("rq:scheduler:scheduled_jobs") == 0
    assert client.llen("rq:queue:reminders") == 0


@pytest.mark.parametrize(
    ("number", "redis_state"), [(signal.SIGTERM, "there"), (signal.SIGTERM, "hanging"), (signal.SIGINT, "there")]
)
def test_told_to_stop_both_processes_are_gone_within_eight_seconds(
    number: signal.Signals, redis_state: str, start: Start, stored: Any, start_redis: Callable[[], Redis]
) -> None:
    redis = start_redis()
    both = [start(kind, REDIS_URL=redis.url) for kind in ("worker", "scheduler")]
    wait_until(beating(stored, "worker", "scheduler"))
    if redis_state == "hanging":
        redis.pause()
    began = time.monotonic()
    for process in both:
        process.send_signal(number)
    assert [process.wait(timeout=10) for process in both] == [0, 0]
    assert time.monotonic() - began < 8
    if redis_state == "hanging":
        redis.resume()


def test_told_to_stop_while_the_server_hangs_it_gives_the_reminder_back(
    start: Start, due_now: Any, smtp: Sink, stored: Any
) -> None:
    async def never(_given: object) -> str:
        await asyncio.sleep(60)
        return "250 OK"

    smtp.replies["RCPT"] = never
    due_now()
    worker = start("worker")
    wait_until(lambda: "RCPT" in smtp.said, timeout=20)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0
    assert time.monotonic() - began < 8
    assert [(row.status, row.attempts, row.claims) for row in stored(select(Row))] == [("pending", 0, 0)]


def test_a_save_does_not_wait_for_a_hanging_redis(call: Any, redis: Redis, stored: Any) -> None:
    redis.pause()
    try:
        began = time.monotonic()
        call(timedelta(hours=25))
        took = time.monotonic() - began
    finally:
        redis.resume()
    db.session.commit()
    assert took < 2
    assert stored(select(Row.status)) == ["pending"] * 3


def test_a_killed_workers_claims_are_delivered_by_another(start: Start, due_now: Any, smtp: Sink, stored: Any) -> None:
    hold: list[object] = []

    async def hang_first(given: object) -> str | None:
        hold.append(given)
        if len(hold) == 1:
            await asyncio.sleep(60)
        return None

    smtp.replies["RCPT"] = hang_first
    due_now(3)
    first = start("worker", WORKER_CONCURRENCY="1")
    wait_until(lambda: bool(hold), timeout=20)
    first.kill()
    first.wait()
    start("worker", WORKER_CONCURRENCY="1")
    smtp.wait_for(3, timeout=60)
    wait_until(lambda: set(stored(select(Row.status))) == {"sent"})
    assert sent_ids(smtp) == row_ids(stored)
