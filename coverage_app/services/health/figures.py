"""What the engine did lately and what it has before it, counted in the database: each figure is one walk of an index.

The database is the truth, whatever was restarted; no process counts for itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, text

from coverage_app.database import epoch
from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.models import Reminder as Row

# Upper bounds of lateness, in seconds. Moments are stored in whole seconds, rounded down: 0 is «less than one».
BOUNDS = (0, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600)
HOUR = timedelta(hours=1)
SOON = HOUR
MOST_WORDS = 1000


@dataclass(frozen=True)
class WaitingReminders:
    """Reminders ``due`` by now, ``claimed`` by a worker, and leaving ``soon``: within the hour."""

    due: int
    claimed: int
    soon: int


@dataclass(frozen=True)
class Hour:
    """Mails accepted in the hour that begins at ``start``: ``by_lateness`` has one number for each of BOUNDS and one
    for what was later; ``worst`` is in seconds."""

    start: datetime
    by_lateness: tuple[int, ...]
    worst: int

    @property
    def sent(self) -> int:
        return sum(self.by_lateness)

    def within(self, seconds: int) -> int:
        """How many were at most so late; ``seconds`` is one of BOUNDS."""
        return sum(self.by_lateness[: BOUNDS.index(seconds) + 1])


@dataclass(frozen=True)
class Unsent:
    """Reminders that ended without a mail: how many ``failed`` by what was said of them, ``skipped`` by reason."""

    failed: Counter[str]
    skipped: Counter[str]


def waiting(now: datetime) -> WaitingReminders:
    pending = select(func.count()).select_from(Row).where(text("status = 'pending'"))
    claimed = select(func.count()).select_from(Row).where(text("status = 'sending'"))
    questions = (
        pending.where(Row.next_attempt_at <= now),
        # Whatever is claimed has it: said so that PostgreSQL, too, walks the index of the claimed.
        claimed.where(Row.claimed_at.is_not(None)),
        pending.where(Row.next_attempt_at > now, Row.next_attempt_at <= now + SOON),
    )
    return WaitingReminders(*db.session.execute(select(*(question.scalar_subquery() for question in questions))).one())


def sent(begin: datetime, hours: int) -> list[Hour]:
    """What was accepted in the ``hours`` from ``begin`` on, hour by hour, the empty ones too."""
    late = epoch(Row.sent_at) - epoch(Row.scheduled_send_at)
    hour = (epoch(Row.sent_at) - int(begin.timestamp())) // int(HOUR.total_seconds())
    bound = case(*((late <= seconds, place) for place, seconds in enumerate(BOUNDS)), else_=len(BOUNDS))
    inner = select(hour.label("hour"), bound.label("bound"), late.label("late")).where(Row.sent_at >= begin).subquery()
    counted = select(inner.c.hour, inner.c.bound, func.count(), func.max(inner.c.late)).group_by(
        inner.c.hour, inner.c.bound
    )
    numbers, worst = Counter[tuple[int, int]](), Counter[int]()
    for its_hour, its_bound, number, latest in db.session.execute(counted):
        place = min(int(its_hour), hours - 1)  # another machine's clock may be a little ahead of ours
        numbers[place, its_bound] += number
        worst[place] = max(worst[place], latest)
    bounds = range(len(BOUNDS) + 1)
    return [
        Hour(begin + number * HOUR, tuple(numbers[number, bound] for bound in bounds), worst[number])
        for number in range(hours)
    ]


def unsent(since: datetime) -> Unsent:
    """What ended without a mail since then."""
    counted = (
        select(Row.status, Row.last_error, func.count().label("number"))
        .where(text("status IN ('failed', 'skipped')"), Row.updated_at >= since)
        .group_by(Row.status, Row.last_error)
        .order_by(func.count().desc())
        .limit(MOST_WORDS)
    )
    unsent = Unsent(Counter(), Counter())
    for status, words, number in db.session.execute(counted):
        (unsent.failed if status == "failed" else unsent.skipped)[words or ""] += number
    return unsent


def processes() -> Sequence[Heartbeat]:
    """Every process that was heard in the last day, the latest first."""
    return db.session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc(), Heartbeat.process_id)).all()
