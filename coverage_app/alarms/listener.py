"""The RQ worker that hears alarms. It trusts nothing in Redis: who can write there must not choose what code runs.

RQ runs whatever function a job names, with its arguments and its call-backs. Here only the id of a queued job is read:
when it has the form of an alarm's, the one function that was given is called with the second that the id names.
Everything else is dropped and logged. No job's hash is read or stored, and no call-back runs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

import structlog
from redis import Redis
from redis.exceptions import ConnectionError, TimeoutError
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from coverage_app import alarms
from coverage_app.clock import utcnow

log = structlog.get_logger()
RETRY_AFTER = 2.0  # seconds
WORKERS = ("rq:workers", f"rq:workers:{alarms.QUEUE}")
SOME = 100  # members of a set that are read at once


class AlarmListener(SimpleWorker):
    """An RQ worker that does not fork, installs no signal handlers, and does not wait long for Redis.

    ``deliver`` is called with the second, in UTC, that an alarm names. It must not raise.
    """

    death_penalty_class = TimerDeathPenalty  # ours have no time limit; the usual one needs the main thread
    max_connection_wait_time = RETRY_AFTER
    dequeue_timeout = 2
    connection_timeout = 3

    def __init__(self, connection: Redis, deliver: Callable[[datetime], None]):
        super().__init__([alarms.QUEUE], connection=connection, serializer=JSONSerializer)
        self.deliver = deliver

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for the next alarm. Returns None when stopped, or when ``timeout`` is None and none is there.

        Raises RedisError when Redis is away or refuses.
        """
        queue = self.queues[0]
        while not self._stop_requested:
            self.heartbeat()
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()
            job_id = self._pop(queue, timeout)
            if job_id is not None:
                self.connection.delete(b"rq:job:" + job_id)
                if alarms.second_of(job_id):
                    return alarms.job(self.connection, job_id.decode(), JobStatus.QUEUED), queue
                log.warning("alarm.refused", bytes=len(job_id))
            elif timeout is None:
                return None
        return None

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Call the one function there is, with the second that the job's id names."""
        at = alarms.second_of(job.id.encode())
        assert at is not None  # looked at above
        self.deliver(at)

    def run_maintenance_tasks(self) -> None:
        """Strike workers off the lists that have gone without a word. RQ's own upkeep would run jobs' call-backs."""
        for key in WORKERS:
            for member in self.connection.sscan_iter(key, count=SOME):
                if not self.connection.exists(member):
                    self.connection.srem(key, member)
        self.last_cleaned_at: datetime | None = utcnow()  # type: ignore[assignment]

    def check_for_suspension(self, burst: bool) -> None:
        """Ignore RQ's suspension: a key in Redis must not silence the alarms."""

    def _pop(self, queue: Queue, timeout: int | None) -> bytes | None:
        if timeout is None:
            return cast("bytes | None", self.connection.lpop(queue.key))
        try:
            popped = self.connection.blpop([queue.key], timeout=timeout)
        except (ConnectionError, TimeoutError):
            if self._stop_requested:
                return None
            raise
        return cast(bytes, popped[1]) if popped else None

    def _install_signal_handlers(self) -> None:
        """RQ's handlers call Redis first and hang with it; the process has its own."""

    def subscribe(self) -> None:
        """No remote commands: a worker is stopped by its process manager."""

    def unsubscribe(self) -> None:
        pass

    def stop(self) -> None:
        """Leave the loop after the present wait of at most two seconds."""
        self._stop_requested = True
