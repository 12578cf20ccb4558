"""rq-scheduler, made prompt: it sleeps until the earliest alarm instead of polling, and survives what stops it."""

import time
from threading import Event

import structlog
from redis import Redis
from rq_scheduler import Scheduler

from coverage_app import alarms

log = structlog.get_logger()
LONGEST_PAUSE = 1.0  # an alarm is set at least two seconds ahead, so none is overslept
SHORTEST_PAUSE = 0.01  # while another scheduler holds an entry that is due, do not spin
LOCK_MS = 2000  # a scheduler killed with the lock in hand stops the others no longer than this


class PromptScheduler(Scheduler):
    """Rings all alarms that are due with one job, in one transaction of Redis.

    Two of these may run at once: a bell rung twice makes two workers look, and a reminder is claimed once.
    """

    def __init__(self, connection: Redis):
        super().__init__(queue_name=alarms.QUEUE, connection=connection, interval=LONGEST_PAUSE)

    def run_until(self, stopping: Event) -> None:
        """Ring alarms until ``stopping`` is set. Raises RedisError: make a new one then."""
        while not stopping.is_set():
            if self.acquire_lock():
                self.ring_due()
                self.remove_lock()
            stopping.wait(self.pause())

    def acquire_lock(self) -> bool:
        self._lock_acquired = bool(self.connection.set(self.scheduler_lock_key, self.name, px=LOCK_MS, nx=True))
        return self._lock_acquired

    def ring_due(self) -> None:
        """Take every alarm out that is due and push one job for the latest of them.

        The jobs' hashes are not read, so that an unreadable one cannot stop the clock.
        """
        due = self.connection.zrangebyscore(self.scheduled_jobs_key, 0, time.time(), withscores=True)
        if not due:
            return
        with self.connection.pipeline() as pipeline:
            pipeline.zrem(self.scheduled_jobs_key, *[job_id for job_id, _ in due])
            pipeline.delete(*[self.job_class.key_for(job_id.decode()) for job_id, _ in due])
            alarms.push(self.connection, int(max(score for _, score in due)), pipeline)
            pipeline.execute()
        log.info("alarm.rung", alarms=len(due))

    def pause(self) -> float:
        """Seconds until the earliest alarm, within bounds."""
        earliest = self.connection.zrange(self.scheduled_jobs_key, 0, 0, withscores=True)
        if not earliest:
            return LONGEST_PAUSE
        return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, earliest[0][1] - time.time()))
