"""The door to the pulse: a process writes that it lives, with an engine of its own and no application."""

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import DateTime, Float, String, bindparam, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from coverage_app.database import engine_options, notice_silence
from coverage_app.database_clock import STOP_BEYOND, WARN_BEYOND, DatabaseClock, is_beyond
from coverage_app.enums import ProcessKind
from coverage_app.settings import Settings

log = structlog.get_logger()
FORGET_AFTER = timedelta(days=1)
BEAT = text(
    "INSERT INTO heartbeats (process_id, kind, beat_at, last_error, clock_offset)"
    " VALUES (:process_id, :kind, :beat_at, :last_error, :clock_offset) ON CONFLICT (process_id) DO UPDATE"
    " SET beat_at = excluded.beat_at, last_error = excluded.last_error, clock_offset = excluded.clock_offset"
).bindparams(
    bindparam("beat_at", type_=DateTime(timezone=True)),
    bindparam("last_error", type_=String),
    bindparam("clock_offset", type_=Float),
)
FORGET = text("DELETE FROM heartbeats WHERE beat_at < :before").bindparams(
    bindparam("before", type_=DateTime(timezone=True))
)


class HeartbeatThread(Thread):
    """Beats until ``stopping``. ``last_error`` is called at each beat and returns why mail is held back, or None.

    Each beat measures the database's time for ``clock`` (default: one of its own), and says how far this machine's
    is off. A database that is away is a missed beat, logged; the process goes on.
    """

    def __init__(
        self,
        settings: Settings,
        kind: ProcessKind,
        stopping: Event,
        last_error: Callable[[], str | None] = lambda: None,
        clock: DatabaseClock | None = None,
    ):
        super().__init__(name="heart", daemon=True)
        self.settings, self.kind, self.stopping, self.last_error = settings, kind, stopping, last_error
        self.process_id = f"{kind}-{socket.gethostname()[:80]}-{os.getpid()}"
        # A connection for each beat: PostgreSQL may be restarted between two of them.
        options = engine_options(settings.database_url) | {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": True}
        self.engine = create_engine(settings.database_url, **options)
        notice_silence(self.engine)
        self.clock = clock or DatabaseClock(self.engine)
        self._warned: float | None = None  # the bound in seconds beyond which the clock was, last time

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.beat()
            except SQLAlchemyError as error:
                log.warning("heartbeat.missed", error=str(error.__cause__ or error))
            self.stopping.wait(self.settings.timing.heartbeat)

    def beat(self) -> None:
        """Write one beat, and forget processes silent for a day."""
        values = {"process_id": self.process_id, "kind": self.kind, "last_error": self.last_error()}
        with self.engine.begin() as connection:
            self.clock.measure(connection)
            now, offset = self.clock.now().replace(microsecond=0), self.clock.offset
            connection.execute(BEAT, values | {"beat_at": now, "clock_offset": offset})
            connection.execute(FORGET, {"before": now - FORGET_AFTER})
        self._warn(offset)

    def _warn(self, offset: float | None) -> None:
        """Say in the log when the clock leaves or comes back within a bound, not at every beat."""
        bound = next((bound for bound in (STOP_BEYOND, WARN_BEYOND) if is_beyond(offset, bound)), None)
        if bound == self._warned:
            return
        self._warned = bound
        if bound is None:
            log.info("clock.right")
        else:
            log.warning("clock.off", seconds=round(offset or 0, 1), delivers=bound != STOP_BEYOND)
