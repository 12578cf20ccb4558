"""Is the engine alive, and is anything late? Decided here alone, for whoever says it: the banner, ``doctor``,
``/readyz``, ``/metrics`` and the System page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import func, select, text

from coverage_app import database_clock
from coverage_app.database_clock import STOP_BEYOND, WARN_BEYOND, is_beyond
from coverage_app.enums import ProcessKind
from coverage_app.extensions import db
from coverage_app.models import Heartbeat, Reminder

COUNTED = 999
ALIVE_WITHIN = timedelta(seconds=60)
LATE_AFTER = timedelta(minutes=2)


class Problem(StrEnum):
    """What can be wrong with what reminders depend on. Whoever tells of one has words of their own for each."""

    DATABASE_FAILS = "database_fails"
    NOT_MIGRATED = "not_migrated"
    NO_MAIL_SERVER = "no_mail_server"
    NO_WORKER = "no_worker"
    NO_SCHEDULER = "no_scheduler"
    HELD_BACK = "held_back"
    LATE = "late"
    CLOCK_OFF = "clock_off"
    REDIS_AWAY = "redis_away"

    @property
    def critical(self) -> bool:
        """Whether ``/readyz`` fails for it (docs/contract.md#health). The others are warnings."""
        return self not in (Problem.NO_MAIL_SERVER, Problem.HELD_BACK, Problem.CLOCK_OFF, Problem.REDIS_AWAY)


@dataclass(frozen=True)
class EngineStatus:
    """``late`` reminders wait more than two minutes past their time, COUNTED + 1 standing for any more; ``last_error``
    is what a mail server said; ``clock_offset`` how many seconds the worst clock of these processes and of this one
    is ahead of the database's."""

    late: int
    oldest_late: datetime | None
    worker: bool
    scheduler: bool
    last_error: str | None
    mail_configured: bool
    clock_offset: float | None

    @property
    def problems(self) -> list[Problem]:
        """What there is to tell people about; empty when all is well."""
        conditions = {
            Problem.NO_MAIL_SERVER: not self.mail_configured,
            Problem.NO_WORKER: not self.worker,
            Problem.NO_SCHEDULER: not self.scheduler,
            Problem.HELD_BACK: bool(self.last_error),
            Problem.LATE: bool(self.late),
            Problem.CLOCK_OFF: is_beyond(self.clock_offset, WARN_BEYOND),
        }
        return [problem for problem, true in conditions.items() if true]

    @property
    def clock_stops_mail(self) -> bool:
        """Whether a clock is so far off that nothing is sent from its machine."""
        return is_beyond(self.clock_offset, STOP_BEYOND)


def engine_status(now: datetime) -> EngineStatus:
    """The engine as the database shows it at ``now``."""
    waits_since = Reminder.next_attempt_at
    overdue = select(waits_since).where(
        text("status = 'pending'"), Reminder.attempts == 0, waits_since < now - LATE_AFTER
    )
    # In their order and not all: PostgreSQL expects many where there are none, and would read the whole table.
    first = overdue.order_by(waits_since).limit(COUNTED + 1).subquery()
    late, oldest = db.session.execute(select(func.count(), func.min(first.c.next_attempt_at))).one()
    beats = db.session.execute(
        select(Heartbeat.kind, Heartbeat.last_error, Heartbeat.clock_offset).where(
            Heartbeat.beat_at > now - ALIVE_WITHIN
        )
    ).all()
    offsets = [beat.clock_offset for beat in beats] + [database_clock.current().offset]
    return EngineStatus(
        late=late,
        oldest_late=oldest,
        worker=any(beat.kind == ProcessKind.WORKER for beat in beats),
        scheduler=any(beat.kind == ProcessKind.SCHEDULER for beat in beats),
        last_error=next((beat.last_error for beat in beats if beat.last_error), None),
        mail_configured=current_app.extensions["settings"].smtp is not None,
        clock_offset=max((offset for offset in offsets if offset is not None), key=abs, default=None),
    )
