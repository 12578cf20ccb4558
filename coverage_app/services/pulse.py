"""Is the engine alive, and is anything late? What the banner, ``doctor`` and the health checks ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select, text

from coverage_app.enums import ProcessKind
from coverage_app.extensions import db
from coverage_app.models import Heartbeat, NotificationSchedule

ALIVE_WITHIN = timedelta(seconds=60)
LATE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Pulse:
    """``late`` reminders wait more than two minutes past their time; ``trouble`` is what a mail server said."""

    late: int
    oldest_late: datetime | None
    worker: bool
    scheduler: bool
    trouble: str | None
    mail_configured: bool

    @property
    def sound(self) -> bool:
        """Nothing to tell people about."""
        return not self.late and self.worker and self.scheduler and not self.trouble and self.mail_configured


def state(now: datetime) -> Pulse:
    """The engine as the database shows it at ``now``."""
    late, oldest = db.session.execute(
        select(func.count(), func.min(NotificationSchedule.next_attempt_at)).where(
            text("status = 'pending'"),
            NotificationSchedule.attempts == 0,
            NotificationSchedule.next_attempt_at < now - LATE_AFTER,
        )
    ).one()
    beats = db.session.execute(
        select(Heartbeat.kind, Heartbeat.trouble).where(Heartbeat.beat_at > now - ALIVE_WITHIN)
    ).all()
    return Pulse(
        late=late,
        oldest_late=oldest,
        worker=any(kind == ProcessKind.WORKER for kind, _ in beats),
        scheduler=any(kind == ProcessKind.SCHEDULER for kind, _ in beats),
        trouble=next((trouble for _, trouble in beats if trouble), None),
        mail_configured=current_app.extensions["settings"].smtp is not None,
    )
