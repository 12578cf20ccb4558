"""The door to the pulse: a process writes that it lives, with an engine of its own and no application."""

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import DateTime, String, bindparam, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from coverage_app.clock import utcnow
from coverage_app.database import engine_options, notice_silence
from coverage_app.enums import ProcessKind
from coverage_app.settings import Settings

log = structlog.get_logger()
FORGET_AFTER = timedelta(days=1)
BEAT = text(
    "INSERT INTO heartbeats (process_id, kind, beat_at, trouble) VALUES (:process_id, :kind, :beat_at, :trouble)"
    " ON CONFLICT (process_id) DO UPDATE SET beat_at = excluded.beat_at, trouble = excluded.trouble"
).bindparams(bindparam("beat_at", type_=DateTime(timezone=True)), bindparam("trouble", type_=String))
FORGET = text("DELETE FROM heartbeats WHERE beat_at < :before").bindparams(
    bindparam("before", type_=DateTime(timezone=True))
)


class Heart(Thread):
    """Beats until ``stopping``. ``trouble`` is asked at each beat: why mail is held back, or None.

    A database that is away is a missed beat, logged; the process goes on.
    """

    def __init__(
        self, settings: Settings, kind: ProcessKind, stopping: Event, trouble: Callable[[], str | None] = lambda: None
    ):
        super().__init__(name="heart", daemon=True)
        self.settings, self.kind, self.stopping, self.trouble = settings, kind, stopping, trouble
        self.process_id = f"{kind}-{socket.gethostname()[:80]}-{os.getpid()}"
        # A connection for each beat: PostgreSQL may be restarted between two of them.
        options = engine_options(settings.database_url) | {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": True}
        self.engine = create_engine(settings.database_url, **options)
        notice_silence(self.engine)

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.beat()
            except SQLAlchemyError as error:
                log.warning("heartbeat.missed", error=str(error.__cause__ or error))
            self.stopping.wait(self.settings.tempo.heartbeat)

    def beat(self) -> None:
        """Write one beat, and forget processes silent for a day."""
        now = utcnow().replace(microsecond=0)
        values = {"process_id": self.process_id, "kind": self.kind, "beat_at": now, "trouble": self.trouble()}
        with self.engine.begin() as connection:
            connection.execute(BEAT, values)
            connection.execute(FORGET, {"before": now - FORGET_AFTER})
