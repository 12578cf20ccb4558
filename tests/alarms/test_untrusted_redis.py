"""Whoever can write to Redis can make a reminder late by a sweep; no code of theirs runs, and nothing ends."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis as Client
from rq import Callback, Queue
from rq.job import Job
from sqlalchemy import select

from coverage_app import alarms, jobs
from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start, wait_until
from tests.servers.redis import Redis
from tests.servers.smtp import Sink
from tests.worker.test_processes import QUARTER, SELDOM, beating

pytestmark = ON_SQLITE
QUEUE, ALARMS, LOCK = "rq:queue:reminders", "rq:scheduler:scheduled_jobs", "rq:scheduler:scheduler_lock"
TOUCHED = "coverage_app.jobs.deliver_due"


@pytest.fixture
def client(redis: Redis) -> Any:
    with redis.client() as client:
        yield client


def enqueue_hostile(client: Client, path: Path) -> None:
    """Jobs of other functions: pickled and in JSON, by name, as a method, in call-backs, under ids like ours."""
    queue = Queue(alarms.QUEUE, connection=client)
    touch = f"touch {path}"
    queue.enqueue("os.system", touch)
    queue.enqueue("subprocess.check_call", ["touch", str(path)], job_id=f"now-1-{uuid4().hex}")
    queue.enqueue("pathlib.Path.touch", path)
    queue.enqueue(TOUCHED, on_success=Callback("os.system"), on_failure=Callback("os.system"), args=(touch,))
    evaluated = Job.create("builtins.eval", args=(f"__import__('os').system({touch!r})",), connection=client)
    evaluated.id = f"at-{int(utcnow().timestamp())}"
    evaluated.save()
    queue.push_job_id(evaluated.id)


def poison(client: Client) -> None:
    """Wrong types under every key that the engine uses, and members that no reader expects."""
    client.delete(QUEUE, ALARMS, LOCK, "rq:workers:reminders", "rq:queues")
    client.hset(QUEUE, "a", "b")
    client.set(ALARMS, "text")
    client.hset(LOCK, "a", "b")
    client.set("rq:workers:reminders", b"\xff\xfe")
    client.lpush("rq:queues", "list")
    client.set("rq:suspended", "1")


def garbage(client: Client) -> None:
    """Bytes, sizes and scores under keys of the right type."""
    client.zadd(ALARMS, {b"\xff\xfe\x00": 1, b"": 2, b"at-1 \r\n": float("-inf"), b"x" * 1_000_000: 3})
    client.zadd(ALARMS, {b"never": float("inf"), **{f"at-{number}": number for number in range(1200)}})
    client.rpush(QUEUE, b"\xff\xfe", b"", b"now-", b"now-99999999999999999999", b"at-1;rm -rf", b"y" * 1_000_000)
    client.sadd("rq:workers:reminders", b"\xff\xfe", b"rq:worker:gone")
    client.set(LOCK, "nobody")


def test_no_job_of_another_function_is_run(app: Flask, start: Start, client: Client, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    enqueue_hostile(client, touched)
    worker = start("worker", **SELDOM)
    wait_until(lambda: client.llen(QUEUE) == 0 and not list(client.scan_iter("rq:job:*")))
    assert not touched.exists()
    assert worker.poll() is None
    assert worker.log.count("alarm.refused") == 3 and "touch" not in worker.log


def test_poison_under_every_key_is_cleaned_and_alarms_are_punctual_again(
    app: Flask, start: Start, call: Any, smtp: Sink, stored: Any, client: Client
) -> None:
    poison(client)
    crew = [start("worker", **SELDOM), start("scheduler")]
    wait_until(beating(stored, "worker", "scheduler"))
    # Both clean up when they begin; then once more while they run.
    wait_until(lambda: client.type(QUEUE) in (b"none", b"list") and client.type(ALARMS) in (b"none", b"zset"))
    garbage(client)
    wait_until(lambda: client.llen(QUEUE) == 0 and client.zrange(ALARMS, 0, -1) == [b"never"])
    poison(client)
    wait_until(lambda: client.type(QUEUE) in (b"none", b"list") and client.type(ALARMS) in (b"none", b"zset"))
    wait_until(lambda: client.type("rq:workers:reminders") == b"set")
    call(QUARTER + timedelta(seconds=4))
    smtp.wait_for(1, timeout=30)
    wait_until(lambda: stored(select(Row.status)) == ["sent"])
    assert [process.poll() for process in crew] == [None, None]
    assert not any("Traceback" in process.log and "UnicodeDecodeError" in process.log for process in crew)


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(days=1), timedelta(days=20_000)])
def test_an_alarm_for_a_second_far_ahead_sends_nothing_early(
    app: Flask, call: Callable[..., Any], smtp: Sink, stored: Any, ahead: timedelta
) -> None:
    call(timedelta(minutes=25))
    jobs.deliver_due(utcnow() + ahead)
    assert smtp.messages == [] and stored(select(Row.status)) == ["pending"]
