"""rq-scheduler, made prompt: it sleeps until the earliest alarm instead of polling, and survives what stops it."""

from collections.abc import Callable
from datetime import datetime
from threading import Event

import structlog
from redis import Redis
from rq.job import Job
from rq_scheduler import Scheduler

from coverage_app import alarms

log = structlog.get_logger()
LONGEST_PAUSE = 1.0  # an alarm is set at least two seconds ahead, so none is overslept
SHORTEST_PAUSE = 0.01  # while another scheduler holds an entry that is due, do not spin
NO_EXPIRY = -1  # what PTTL says of a key without an end
JOB_KEY = Job.redis_job_namespace_prefix.encode()
SOME = 500  # alarms that are taken out at once
LOCK_MS = 2000  # a scheduler killed with the lock in hand stops the others no longer than this


class PromptScheduler(Scheduler):
    """Rings all alarms that are due with one job, in one transaction of Redis.

    Two of these may run at once: a bell rung twice makes two workers look, and a reminder is claimed once.
    """

    def __init__(self, connection: Redis, now: Callable[[], datetime]):
        self._now = now
        super().__init__(queue_name=alarms.QUEUE, connection=connection, interval=LONGEST_PAUSE)

    def run_until(self, stopping: Event) -> None:
        """Ring alarms until ``stopping`` is set. Raises RedisError: make a new one then."""
        while not stopping.is_set():
            if self.acquire_lock():
                self.ring_due()
                self.remove_lock()
            stopping.wait(self.pause())

    def acquire_lock(self) -> bool:
        """Take the lock, if no other scheduler has it; a lock without an expiry is invalid, and deleted."""
        self._lock_acquired = bool(self.connection.set(self.scheduler_lock_key, self.name, px=LOCK_MS, nx=True))
        if not self._lock_acquired:
            left = self.connection.pttl(self.scheduler_lock_key)
            if left == NO_EXPIRY or left > LOCK_MS:
                self.connection.delete(self.scheduler_lock_key)
                log.warning("scheduler.lock_deleted")
        return self._lock_acquired

    def ring_due(self) -> None:
        """Take every alarm out that is due and push one job for the latest of them.

        The jobs' hashes are not read and their ids not decoded, so that an unreadable one cannot stop the clock.
        """
        number, latest, now = 0, 0.0, self._now().timestamp()
        while due := self.connection.zrangebyscore(
            self.scheduled_jobs_key, "-inf", now, start=0, num=SOME, withscores=True
        ):
            number, latest = number + len(due), max(latest, due[-1][1])
            with self.connection.pipeline() as pipeline:
                if number == len(due):  # with the first ones: were they gone and no job pushed, they would be lost
                    alarms.push(self.connection, int(latest), pipeline)
                pipeline.zrem(self.scheduled_jobs_key, *[job_id for job_id, _ in due])
                pipeline.delete(*[JOB_KEY + job_id for job_id, _ in due])
                pipeline.execute()
        if number:
            log.info("alarm.rung", alarms=number)

    def pause(self) -> float:
        """Seconds until the earliest alarm, within bounds."""
        earliest = self.connection.zrange(self.scheduled_jobs_key, 0, 0, withscores=True)
        if not earliest:
            return LONGEST_PAUSE
        return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, earliest[0][1] - self._now().timestamp()))
