"""Lines 9 to 12: Redis and the scheduler are an alarm clock. Without it mail is a little late, and nothing else."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
import trustme
from flask import Flask
from sqlalchemy import select

from coverage_app.alarms import QUEUE, AlarmClock
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.models import Reminder as Row
from coverage_app.settings import Settings
from tests.faults.conftest import ManyDue, Settled, Stored, message_id
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.proxy import Proxy
from tests.servers.redis import Redis
from tests.servers.smtp import Sink
from tests.servers.tls import server_context

pytestmark = ON_SQLITE  # they are about what the database does not depend on
SECOND = timedelta(seconds=1)
SWEEP = 2 * SECOND  # in an office it is twenty seconds
ALARMS = "rq:scheduler:scheduled_jobs"
WAITING = f"rq:queue:{QUEUE}"


@pytest.mark.parametrize("missing", ["scheduler", "redis"])
def test_9_without_scheduler_or_redis_mail_is_at_most_three_sweeps_late(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, missing: str
) -> None:
    many_due(8, [SECOND * ahead for ahead in (-3600, 2, 3, 4)])
    if missing == "redis":
        crew = [start(kind, REDIS_URL="redis://127.0.0.1:1/0", TEST_SWEEP="2") for kind in ("worker", "scheduler")]
        wait_until(lambda: sorted(stored(select(Heartbeat.kind))) == ["scheduler", "worker"])
    else:
        crew = [start("worker", TEST_SWEEP="2")]
    running = utcnow()
    settled()
    due = {message_id(row.id): max(running, row.scheduled_send_at) for row in stored(select(Row))}
    assert max(mail.at - due[mail.message_id] for mail in smtp.messages) < 3 * SWEEP
    assert [process.poll() for process in crew] == [None] * len(crew)


def test_10_redis_wiped_restarted_full_or_jobless_loses_no_mail(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, settings: Settings, start_redis: Callable[[], Redis]
) -> None:
    redis = start_redis()
    many_due(500, [SECOND * ahead for ahead in range(2, 12)])
    crew = [start(kind, REDIS_URL=redis.url, TEST_SWEEP="3") for kind in ("worker", "scheduler")]
    with redis.client() as client:
        wait_until(lambda: client.zcard(ALARMS) >= 8)
        client.flushall()
    smtp.wait_for(150)
    redis.stop()
    smtp.wait_for(250)
    redis.start()
    with redis.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        smtp.wait_for(400, timeout=20)
        client.config_set("maxmemory", 0)
    settled()
    assert [process.poll() for process in crew] == [None, None]

    # Both work again: what is rung is heard, and of what was evicted not even the name stays.
    clock = AlarmClock(replace(settings, redis_url=redis.url))
    with redis.client() as client:
        client.rpush(WAITING, "now-1-evicted")
        client.zadd(ALARMS, {"at-1-evicted": 1})
        assert clock.enqueue_now(utcnow()) and clock.set_for([utcnow() + 3 * SECOND], utcnow())
        wait_until(lambda: (client.zcard(ALARMS), client.llen(WAITING)) == (0, 0))
        wait_until(lambda: list(client.scan_iter("rq:job:*")) == [])
    clock.redis.close()


def test_10_redis_link_that_breaks_hangs_or_drops_replies_loses_no_mail(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, redis: Redis, start_proxy: Callable[..., Proxy]
) -> None:
    proxy = start_proxy(redis.port)
    many_due(80, [SECOND * ahead for ahead in range(1, 9)])
    crew = [start(kind, REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0") for kind in ("worker", "scheduler")]
    for trouble, count in ((proxy.swallow, 10), (proxy.reset, 30), (proxy.hang, 50)):
        smtp.wait_for(count)
        trouble()
    smtp.wait_for(70)
    proxy.flow()
    settled()
    assert [process.poll() for process in crew] == [None, None]


def test_11_a_save_does_not_wait_for_a_hanging_redis(call: Any, redis: Redis, stored: Stored) -> None:
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


def test_12_self_signed_redis_is_refused_by_every_process_with_a_message(
    start: Start, app: Flask, redis: Redis, settings: Settings, stored: Stored, start_proxy: Callable[..., Proxy]
) -> None:
    stranger = server_context(trustme.CA().issue_cert("127.0.0.1"))
    url = f"rediss://127.0.0.1:{start_proxy(redis.port, stranger).port}/0"
    crew = [start(kind, REDIS_URL=url) for kind in ("worker", "scheduler")]
    wait_until(lambda: all("certificate verify failed" in process.log for process in crew))
    web = AlarmClock(replace(settings, redis_url=url))
    with structlog.testing.capture_logs() as shown:
        assert not web.enqueue_now(utcnow())
    assert "certificate verify failed" in shown[0]["error"]
    with pytest.raises(ConnectionError, match="certificate verify failed"):
        web.probe()


def test_12_self_signed_redis_is_accepted_where_the_settings_allow_it(
    start: Start, redis: Redis, settings: Settings, stored: Stored, start_proxy: Callable[..., Proxy]
) -> None:
    stranger = server_context(trustme.CA().issue_cert("another.example.com"))
    url = f"rediss://127.0.0.1:{start_proxy(redis.port, stranger).port}/0"
    crew = [start(kind, REDIS_URL=url, REDIS_TLS_VERIFY="0") for kind in ("worker", "scheduler")]
    web = AlarmClock(replace(settings, redis_url=url, redis_tls_verify=False))
    with redis.client() as client:
        assert web.set_for([utcnow() + 3 * SECOND], utcnow())
        wait_until(lambda: (client.zcard(ALARMS), client.llen(WAITING)) == (0, 0))
        wait_until(lambda: list(client.scan_iter("rq:job:*")) == [])
    web.redis.close()
    assert not any("redis_away" in process.log for process in crew)
