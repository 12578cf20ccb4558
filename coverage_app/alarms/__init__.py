"""The door to Redis: an alarm says only *when to look*. Nothing here is needed for a reminder to go out.

An alarm is a timed RQ job whose id is its second, used once: it is set only for seconds at least
``AHEAD`` away, so an id is never made again while its job runs or after it ended (RQ would lose it
silently). What is due sooner is rung at once under a new id.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import structlog
from redis import Redis, RedisError
from redis.client import Pipeline
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler

if TYPE_CHECKING:
    from flask import Flask

    from coverage_app.settings import Settings

log = structlog.get_logger()
QUEUE = "reminders"
FUNCTION = "coverage_app.jobs.deliver_due"
ALARM_ID = re.compile(rb"(?:at|now)-(\d{1,10})(?:-[0-9a-f]{32})?", re.ASCII)
KEYS = {
    f"{Queue.redis_queue_namespace_prefix}{QUEUE}": b"list",
    Queue.redis_queues_keys: b"set",
    "rq:workers": b"set",
    f"rq:workers:{QUEUE}": b"set",
    Scheduler.scheduled_jobs_key: b"zset",
    Scheduler.scheduler_lock_key: b"string",
}
AHEAD = timedelta(seconds=2)
PATIENCE = 0.9  # seconds to connect, and again to answer: a save waits for Redis two seconds at most
CIRCUIT = 30.0  # seconds without a further try after Redis did not answer
PER_SAVE = 20
FAILURE_TTL = 3600
PROBE = "coverage:probe"


def connect(settings: Settings, patience: float = PATIENCE) -> Redis:
    """A client that gives up after ``patience`` seconds and never retries by itself."""
    return Redis.from_url(settings.redis_url, **options(settings, patience))


def options(settings: Settings, patience: float) -> dict[str, Any]:
    """Return the options of a Redis client: short time-outs, TLS as the settings require."""
    chosen: dict[str, Any] = {"socket_timeout": patience, "socket_connect_timeout": patience}
    if settings.redis_url.startswith("rediss://") and not settings.redis_tls_verify:
        chosen |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return chosen


def job(connection: Redis, job_id: str, status: JobStatus) -> Job:
    """An RQ job without content: no arguments, no description, nothing kept when it has run.

    In JSON: who can write to Redis must not be able to run code in a worker by way of a pickle.
    """
    made = Job.create(
        FUNCTION,
        connection=connection,
        serializer=JSONSerializer,
        id=job_id,
        origin=QUEUE,
        timeout=-1,
        result_ttl=0,
        failure_ttl=FAILURE_TTL,
        status=status,
    )
    made.description = ""
    return made


def push(connection: Redis, second: int, pipeline: Pipeline) -> None:
    """Enqueue, in ``pipeline``, a job that looks now for what is due at ``second`` (UNIX time)."""
    now = job(connection, f"now-{second}-{uuid4().hex}", JobStatus.QUEUED)
    # Not Queue.enqueue: it asks the server's version and the job's dependencies first, each a round trip.
    now.save(pipeline=pipeline)
    Queue(QUEUE, connection=connection).push_job_id(now.id, pipeline=pipeline)


def second_of(job_id: bytes) -> datetime | None:
    """The second, in UTC, that a job's id names; None if it is not the id of an alarm."""
    match = ALARM_ID.fullmatch(job_id)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def repair_keys(connection: Redis) -> None:
    """Delete what lies under a key of ours with another type than ours: every command on it would fail for ever.

    Raises RedisError when Redis does not answer or takes nothing.
    """
    for key, kind in KEYS.items():
        stored_type = connection.type(key)
        if stored_type not in (kind, b"none"):
            connection.delete(key)
            log.warning("alarms.key_repaired", key=key, type=str(stored_type))


class Depth(NamedTuple):
    """What is in Redis: jobs that wait for a worker, and alarms that wait for their second."""

    jobs: int
    alarms: int


class AlarmClock:
    """Sets and rings alarms. When Redis does not answer it says so in the log and lets the sweep do the work."""

    def __init__(self, settings: Settings):
        self.redis = connect(settings)
        self._closed_until = 0.0

    def set_for(self, seconds: Iterable[datetime], now: datetime, limit: int = PER_SAVE) -> bool:
        """One alarm for each of the first ``limit`` distinct seconds, in one round trip. False if Redis is away."""
        first = sorted(set(seconds))[:limit]
        later = [at for at in first if at - now >= AHEAD]
        return self._try(lambda: self._set(later, soon=first[: len(first) - len(later)]))

    def enqueue_now(self, now: datetime) -> bool:
        """Have a free worker look at once."""
        return self._try(lambda: self._set([], soon=[now]))

    def probe(self) -> None:
        """Write to Redis. Raises ConnectionError, in its words, when it is away or takes nothing: read-only, full."""
        try:
            self.redis.set(PROBE, 1, px=1000)
        except RedisError as error:
            raise ConnectionError(str(error)) from None

    def depth(self) -> Depth:
        """How much waits. Raises ConnectionError, in words, when Redis does not answer."""
        try:
            with self.redis.pipeline(transaction=False) as pipeline:
                pipeline.llen(Queue(QUEUE, connection=self.redis).key)
                pipeline.zcard(Scheduler.scheduled_jobs_key)
                return Depth(*pipeline.execute())
        except RedisError as error:
            raise ConnectionError(str(error)) from None

    def _set(self, later: list[datetime], soon: list[datetime]) -> None:
        if not later and not soon:
            return
        with self.redis.pipeline() as pipeline:
            for at in later:
                alarm = job(self.redis, f"at-{int(at.timestamp())}", JobStatus.SCHEDULED)
                alarm.save(pipeline=pipeline)
                pipeline.zadd(Scheduler.scheduled_jobs_key, {alarm.id: int(at.timestamp())})
            if soon:
                push(self.redis, int(max(soon).timestamp()), pipeline)
            pipeline.execute()

    def _try(self, act: Callable[[], None]) -> bool:
        if time.monotonic() < self._closed_until:
            return False
        try:
            act()
        except RedisError as error:
            self._closed_until = time.monotonic() + CIRCUIT
            log.warning("alarms.enqueue_failed", error=str(error), until="the sweep sets them")
            return False
        self._closed_until = 0.0
        return True


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its alarm clock; no connection is made yet."""
    app.extensions["alarms"] = AlarmClock(settings)


def current() -> AlarmClock:
    """The current application's alarm clock."""
    # Imported late: the scheduler process uses this package and does without Flask.
    from flask import current_app

    clock: AlarmClock = current_app.extensions["alarms"]
    return clock
