"""The sheets of the calendar: which days a month, a week or an agenda shows, and which sheets lie beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date, format_interval
from flask_babel import get_locale

from coverage_app import clock
from coverage_app.enums import CalendarShape

WEEK = 7


@dataclass(frozen=True)
class Sheet:
    """So many days from ``first``, the period of ``day``; ``step`` leads to the day of a neighbouring sheet."""

    shape: CalendarShape
    day: date
    first: date
    number: int
    step: Callable[[int], date]

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.number - 1)

    @property
    def title(self) -> str:
        """«noviembre de 2026», «23–29 nov 2026»."""
        if self.shape is not CalendarShape.MONTH:
            return str(format_interval(self.first, self.last, "yMMMd", locale=get_locale()))
        spanish = str(get_locale()).startswith("es")
        return format_date(self.day, "LLLL 'de' y" if spanish else "LLLL y", locale=get_locale())

    def address(self, steps: int = 0) -> dict[str, str] | None:
        """What an address carries for a neighbouring sheet; None where dates are no longer accepted."""
        try:
            day = self.step(steps) if steps else self.day
        except (OverflowError, ValueError):
            return None
        return {"shape": self.shape.value, "day": day.isoformat()} if _accepted(day) else None


def sheet(shape: str | None, day: str | None, today: date) -> Sheet:
    """The sheet that an address names: this month where it names none, today where its day is not accepted."""
    return _sheet(CalendarShape(shape) if shape in list(CalendarShape) else CalendarShape.MONTH, _day(day or "", today))


def _sheet(shape: CalendarShape, day: date) -> Sheet:
    if shape is CalendarShape.AGENDA:
        return Sheet(shape, day, day, WEEK, lambda steps: day + timedelta(weeks=steps))
    if shape is CalendarShape.WEEK:
        return Sheet(shape, day, _monday(day), WEEK, lambda steps: day + timedelta(weeks=steps))
    first = _monday(day.replace(day=1))
    following = _month(day, 1)
    weeks = -(-(following - first).days // WEEK)
    return Sheet(shape, day, first, weeks * WEEK, lambda steps: _month(day, steps))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date, steps: int) -> date:
    """The first of the month so many months on."""
    months = day.year * 12 + day.month - 1 + steps
    return date(months // 12, months % 12 + 1, 1)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if _accepted(day) else today


def _accepted(day: date) -> bool:
    return clock.FIRST_YEAR <= day.year <= clock.LAST_YEAR
