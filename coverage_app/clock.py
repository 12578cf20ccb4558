"""Time: the only reader of the clock, and the only place where local and UTC meet."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from coverage_app.errors import NonexistentTime, UnreadableTime

CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
# As inputs and exports write it, and as people here do: day first, always.
LOCAL_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{CLOCK}", re.ASCII),
    re.compile(rf"(?P<day>\d\d?)/(?P<month>\d\d?)/(?P<year>\d{{4}}),? {CLOCK}", re.ASCII),
)
WITH_OFFSET = re.compile(rf"\d{{4}}-\d\d-\d\d[T ]{CLOCK} ?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)
# Names in the database of zones that say nothing of where one is.
NO_PLACE = {"localtime", "Factory", "posixrules"}
FIRST_YEAR, LAST_YEAR = 2000, 2100


def utcnow() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache
def timezone_names() -> frozenset[str]:
    """Every IANA zone that a person may choose."""
    return frozenset(available_timezones()) - NO_PLACE


@dataclass(frozen=True)
class LocalReading:
    """How a local time was understood: ``at`` in UTC, ``twice`` if the clocks show it twice (the first counts)."""

    at: datetime
    ambiguous: bool


def read_local(text: str, zone: str) -> LocalReading:
    """Understand what a ``datetime-local`` input sent, in the writer's zone.

    Raises UnreadableTime for anything but a date and time between 2000 and 2100, and NonexistentTime
    for an hour that the clocks skip (``shared`` rule: an error that says so, never a guess).
    """
    naive = _parse(text.strip())
    tz = ZoneInfo(zone)
    first, second = naive.replace(tzinfo=tz, fold=0), naive.replace(tzinfo=tz, fold=1)
    at = first.astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) != naive:
        raise NonexistentTime(text, zone)
    return LocalReading(at, ambiguous=first.utcoffset() != second.utcoffset())


def read_moment(text: str) -> datetime:
    """The moment that ``text`` (ISO 8601, with its offset) names. Raises UnreadableTime; the year is not judged."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableTime from None
    if at.tzinfo is None:
        raise UnreadableTime
    return at


def read_written(text: str, zone: str) -> LocalReading:
    """As ``read_local``, but a time that is written with its offset is taken as it is."""
    written = text.strip()
    if not WITH_OFFSET.fullmatch(written):
        return read_local(written, zone)
    at = read_moment(written.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise UnreadableTime(text)
    return LocalReading(at.astimezone(UTC), ambiguous=False)


def to_local(at: datetime, zone: str) -> datetime:
    """The same moment on the clocks of ``zone``."""
    return at.astimezone(ZoneInfo(zone))


def day_begins(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which ``day`` begins in ``zone``; where midnight is skipped, the moment of the skip."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _parse(text: str) -> datetime:
    for form in LOCAL_FORMS:
        if match := form.fullmatch(text):
            parts = {name: int(part or 0) for name, part in match.groupdict().items()}
            if not FIRST_YEAR <= parts["year"] <= LAST_YEAR:
                break
            try:
                return datetime(**parts)  # type: ignore[arg-type]  # noqa: DTZ001 - local by nature; read_local adds the zone
            except ValueError:
                break
    raise UnreadableTime(text)
