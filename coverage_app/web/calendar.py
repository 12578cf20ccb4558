"""The calendar: the dashboard's follow-ups by month, week or as an agenda, drawn by the server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from babel.dates import format_date, format_interval
from flask import Blueprint, render_template, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from coverage_app import clock
from coverage_app.clock import utcnow
from coverage_app.services.queries import calendar, coverages
from coverage_app.web.dashboard import SIZE, choices
from coverage_app.web.dashboard.asked import Asked, read
from coverage_app.web.dashboard.lines import by_day, line, lines
from coverage_app.web.filters import local_day, zone

pages = Blueprint("calendar", __name__)
WEEK = 7


class Shape(StrEnum):
    MONTH = "month"
    WEEK = "week"
    AGENDA = "agenda"


SHAPES = {Shape.MONTH: _l("Month"), Shape.WEEK: _l("Week"), Shape.AGENDA: _l("Agenda")}


@dataclass(frozen=True)
class Sheet:
    """So many days from ``first``, asked for by way of ``day``; ``step`` leads to the day of a neighbouring sheet."""

    shape: Shape
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
        if self.shape is not Shape.MONTH:
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


@pages.get("/calendar")
def index() -> str:
    asked, now = read(request.args), utcnow()
    today = local_day(now)
    sheet = _sheet(Shape(request.args["shape"]) if request.args.get("shape") in SHAPES else Shape.MONTH, _day(today))
    context = _agenda(asked, now, sheet) if sheet.shape is Shape.AGENDA else _cells(asked, now, sheet)
    extra = sheet.address() or {}
    return render_template(
        "calendar/index.html", asked=asked, sheet=sheet, shapes=SHAPES, today=today, extra=extra, **context, **choices()
    )


def _cells(asked: Asked, now: datetime, sheet: Sheet) -> dict[str, Any]:
    """A cell for each day, with its first lines and how many more there are."""
    days = calendar.days(asked.asking(now), sheet.first, sheet.number, zone())
    return {"cells": [(day, [line(row, now) for row in day.rows]) for day in days]}


def _agenda(asked: Asked, now: datetime, sheet: Sheet) -> dict[str, Any]:
    """The same lines as on the dashboard, a page of them."""
    span = calendar.day_span(sheet.first, sheet.number, zone())
    page = coverages.due(asked.asking(now), span, request.args.get("at"), SIZE)
    return {"page": page, "groups": by_day(lines(page.rows, now))}


def _sheet(shape: Shape, day: date) -> Sheet:
    if shape is Shape.AGENDA:
        return Sheet(shape, day, day, WEEK, lambda steps: day + timedelta(weeks=steps))
    if shape is Shape.WEEK:
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


def _day(today: date) -> date:
    """The day that the address names; today when it names none that is accepted."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return day if _accepted(day) else today


def _accepted(day: date) -> bool:
    return clock.FIRST_YEAR <= day.year <= clock.LAST_YEAR
