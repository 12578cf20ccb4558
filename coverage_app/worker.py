"""The worker process: listens for alarms, sweeps every twenty seconds, beats, and leaves within eight seconds."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog
from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, create_app, jobs
from coverage_app.alarms.listener import RETRY_AFTER, AlarmListener
from coverage_app.clock import utcnow
from coverage_app.enums import ProcessKind
from coverage_app.heartbeats import HeartbeatThread
from coverage_app.services import delivery, imports, retention
from coverage_app.settings import SettingsError

log = structlog.get_logger()
REDIS_PATIENCE = 3.0
IMPORTS_EVERY = 2.0  # seconds until somebody's file is looked at
LEAVE_WITHIN = 6.5  # of the eight seconds that are promised
LAST_WORDS_WITHIN = 1.0  # of what is left; the rest is for the interpreter
# After the start: soon, or a worker that is restarted every hour never deletes; not at once, when it has mail to send.
FIRST_DELETION = timedelta(minutes=5)


class WorkerProcess:
    """Its threads: the listener, the sweep, the heartbeat, the imports, and the dispatcher's senders.

    The main one waits for signals.
    """

    def __init__(self, app: Flask):
        self.app = app
        self.settings = app.extensions["settings"]
        self.stopping = Event()
        app.extensions["stopping"] = self.stopping
        with app.app_context():
            self.dispatcher = delivery.get_dispatcher()
        self.clock = self.dispatcher.clock
        self.listener: AlarmListener | None = None
        self.delete_expired_at = utcnow() + FIRST_DELETION

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        HeartbeatThread(
            self.settings, ProcessKind.WORKER, self.stopping, lambda: self.dispatcher.breaker.last_error, self.clock
        ).start()
        listening = Thread(target=self.listen, name="listener", daemon=True)
        importing = Thread(target=self.take_imports, name="imports", daemon=True)
        # Each on a thread of its own: however long one of them takes, the others are not late.
        sweeping = [self._every_sweep(act) for act in (delivery.dispatch, delivery.watch, self.housekeep)]
        for thread in (*sweeping, importing, listening):
            thread.start()
        log.info("worker.started", connections=self.settings.worker_concurrency)
        self.stopping.wait()
        log.info("worker.stopping")
        if self.listener is not None:
            self.listener.stop()
        leaving = Thread(target=self.dispatcher.stop, args=[LEAVE_WITHIN - 1], daemon=True)
        leaving.start()
        leaving.join(LEAVE_WITHIN)
        # Whoever claimed something at the last moment gives it back.
        deadline = time.monotonic() + LAST_WORDS_WITHIN
        for thread in (listening, importing, *sweeping):
            thread.join(max(0.0, deadline - time.monotonic()))
        log.info("worker.stopped")
        # Threads that still wait for a server would keep the interpreter; what they hold, the lease returns.
        sys.stderr.flush()
        os._exit(0)

    def _every_sweep(self, act: Callable[[datetime], object]) -> Thread:
        """A thread that does ``act`` every twenty seconds, whatever Redis does and whatever it raises."""

        def run() -> None:
            while not self.stopping.is_set():
                try:
                    with self.app.app_context():
                        act(self.clock.now())
                except Exception:  # the safety net must outlive any fault of a single pass; the next one tries again
                    log.exception("sweep.failed", act=act.__name__)
                self.stopping.wait(self.settings.timing.sweep)

        return Thread(target=run, name=act.__name__, daemon=True)

    def housekeep(self, now: datetime) -> None:
        """Delete what is past its retention, once in a while."""
        if now >= self.delete_expired_at:
            self.delete_expired_at = now + retention.EVERY
            retention.delete_expired(now)

    def take_imports(self) -> None:
        """Check and write what people import; on a thread of its own, so that no reminder waits for it."""
        lease = timedelta(seconds=self.settings.timing.lease)
        while not self.stopping.is_set():
            pause = IMPORTS_EVERY
            try:
                with self.app.app_context():
                    if imports.work(self.clock.now(), self.stopping.is_set, lease):
                        pause = 0
            except Exception:  # the lease gives it to whoever tries next, and after five of them it is given up
                log.exception("import.interrupted")
                pause = self.settings.timing.sweep
            self.stopping.wait(pause)

    def deliver(self, at: datetime) -> None:
        """What an alarm for ``at`` asks for; by another worker where this machine's clock is wrong."""
        with self.app.app_context():
            if self.clock.may_deliver():
                jobs.deliver_due(at)
                return
            if self.listener is not None:
                self.listener.stop()
            alarms.current().enqueue_now(at)

    def listen(self) -> None:
        """Work RQ's queue whenever Redis is there; a listener that gave up is replaced."""
        while not self.stopping.is_set():
            try:
                if self.clock.may_deliver():
                    connection = alarms.connect(self.settings, REDIS_PATIENCE)
                    alarms.repair_keys(connection)
                    self.listener = AlarmListener(connection, self.deliver)
                    self.listener.work(logging_level="WARNING")
            except RedisError as error:
                log.warning("worker.redis_away", error=str(error))
            except SQLAlchemyError as error:  # whose clock was to be read first
                log.warning("worker.database_away", error=str(error.__cause__ or error))
            except Exception:  # RQ's own faults must not end the listening for good
                log.exception("listener.failed")
            self.stopping.wait(RETRY_AFTER)


def main() -> None:
    try:
        app = create_app()
    except SettingsError as error:
        sys.exit(str(error))
    WorkerProcess(app).run()


if __name__ == "__main__":
    main()
