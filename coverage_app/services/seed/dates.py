"""When things happen in the demo: so many working days from today by the clocks of Madrid, or so long from now."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coverage_app.clock import to_local

MADRID = "Europe/Madrid"
SATURDAY = 5

# ("working days from today", "HH:MM"), or a time span from now.
When = tuple[int, str] | timedelta


def moment(when: When, now: datetime) -> datetime:
    """``when`` in UTC, seen from ``now``."""
    if isinstance(when, timedelta):
        return now + when
    days, at = when
    day = to_local(now, MADRID).date()
    step = timedelta(days=1 if days > 0 else -1)
    while days:
        day += step
        days -= step.days if day.weekday() < SATURDAY else 0
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(MADRID)).astimezone(UTC)
