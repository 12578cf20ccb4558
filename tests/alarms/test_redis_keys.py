"""Redis is an alarm clock, not a store: what RQ and the alarms keep in it stays as little as it was."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis as Client
from rq import Queue
from rq.job import JobStatus
from rq_scheduler import Scheduler
from sqlalchemy import select

from coverage_app import alarms
from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from coverage_app.services import delivery
from coverage_app.services.delivery import engine
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start, wait_until
from tests.servers.redis import Redis
from tests.servers.smtp import Sink
from tests.worker.test_processes import QUARTER, SELDOM, beating

pytestmark = ON_SQLITE
HUNDREDS = 300
BROKEN = 40
# One each, whatever happened: who works, which queues there are.
STANDING = {"rq:workers", "rq:workers:reminders", "rq:queues", "rq:scheduler_instance:rq:scheduler"}


def lasting(client: Client) -> set[str]:
    """The keys that would stay for ever, or longer than a failed job is kept."""
    ttl = {key.decode(): client.ttl(key) for key in client.scan_iter()}
    return {key for key, left in ttl.items() if left == -1 or left > alarms.FAILURE_TTL} - STANDING


def push_unknown(client: Client) -> None:
    """A job of a release whose function this one does not have."""
    job = alarms.job(client, f"now-1-{uuid4().hex}", JobStatus.QUEUED)
    job.func_name = "coverage_app.jobs.gone"
    with client.pipeline() as pipeline:
        job.save(pipeline=pipeline)
        Queue(alarms.QUEUE, connection=client).push_job_id(job.id, pipeline=pipeline)
        pipeline.execute()


@pytest.fixture
def client(redis: Redis) -> Any:
    with redis.client() as client:
        yield client


def test_hundreds_of_alarms_and_of_jobs_that_fail_leave_nothing_that_stays(
    app: Flask, start: Start, call: Any, smtp: Sink, stored: Any, client: Client
) -> None:
    start("worker", **SELDOM)
    start("scheduler")
    wait_until(beating(stored, "worker", "scheduler"))
    now = utcnow()
    ahead = [now + timedelta(hours=1, seconds=number) for number in range(HUNDREDS)]
    alarms.current().set_for(ahead, now, limit=HUNDREDS)
    # Their hour passes: the data moves, not the clock.
    client.zadd(Scheduler.scheduled_jobs_key, {f"at-{int(at.timestamp())}": time.time() for at in ahead})
    for _ in range(HUNDREDS):
        alarms.current().enqueue_now(now)
    for _ in range(BROKEN):
        push_unknown(client)
    call(QUARTER + timedelta(seconds=3))
    smtp.wait_for(1)
    wait_until(lambda: client.llen("rq:queue:reminders") == 0 and list(client.scan_iter("rq:job:*")) == [])
    assert lasting(client) == set()
    assert client.zcard(Scheduler.scheduled_jobs_key) == 0

    dead = start("worker", **SELDOM)
    wait_until(lambda: client.scard("rq:workers:reminders") == 2)
    dead.kill()
    dead.wait()
    [gone] = [key for key in client.smembers("rq:workers") if client.hget(key, "pid") == str(dead.pid).encode()]
    assert client.ttl(gone) > 0
    client.delete(gone)  # as it will be when that time is over
    start("worker", **SELDOM)
    wait_until(lambda: gone not in client.smembers("rq:workers") | client.smembers("rq:workers:reminders"))
    assert lasting(client) == set()


def test_sweep_sets_one_alarm_for_each_second_of_the_next_ten_minutes(
    app: Flask, ended: Callable[..., None], stored: Any, client: Client
) -> None:
    for seconds in (*range(0, 900, 7), 70, 70, 77):
        ended("pending", -seconds)
    now = utcnow()
    for later in (0, 20, 40):
        delivery.set_coming_alarms(now + timedelta(seconds=later))
    last = now + timedelta(seconds=40) + engine.COMING
    due = {at.timestamp() for at in stored(select(Row.next_attempt_at)) if now + alarms.AHEAD < at <= last}
    set_for = [score for _, score in client.zrange(Scheduler.scheduled_jobs_key, 0, -1, withscores=True)]
    assert sorted(set_for) == sorted(due)
    assert len(list(client.scan_iter("rq:job:*"))) == len(due) > 80
