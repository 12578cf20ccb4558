"""The scheduler process: rings alarms at their second. It imports settings and alarms, not the application."""

import signal
import sys
from threading import Event

import structlog
from redis import RedisError

from coverage_app import alarms, logs, private_files, settings
from coverage_app.alarms.scheduler import PromptScheduler
from coverage_app.enums import ProcessKind
from coverage_app.heartbeats import HeartbeatThread

log = structlog.get_logger()
RETRY_AFTER = 2.0
PATIENCE = 3.0


def run(config: settings.Settings, stopping: Event) -> None:
    """Ring alarms until ``stopping``; when Redis goes away, wait for it with a new scheduler each time."""
    heart = HeartbeatThread(config, ProcessKind.SCHEDULER, stopping)
    heart.start()
    while not stopping.is_set():
        try:
            connection = alarms.connect(config, PATIENCE)
            alarms.repair_keys(connection)
            PromptScheduler(connection, heart.clock.now_or_local).run_until(stopping)
        except RedisError as error:
            log.warning("scheduler.redis_away", error=str(error))
            stopping.wait(RETRY_AFTER)


def main() -> None:
    try:
        config = settings.load()
    except settings.SettingsError as error:
        sys.exit(str(error))
    logs.configure(config)
    private_files.protect(config)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    log.info("scheduler.started")
    run(config, stopping)
    log.info("scheduler.stopped")


if __name__ == "__main__":
    main()
