"""The calendar: the dashboard's follow-ups by month, week or as an agenda, drawn by the server."""

from datetime import datetime

from flask import Blueprint, render_template, request

from coverage_app.clock import utcnow
from coverage_app.enums import CalendarShape
from coverage_app.services.queries import calendar, coverages, versions
from coverage_app.services.values import Values
from coverage_app.web.pages.calendar import reschedule
from coverage_app.web.pages.calendar.period import Sheet, sheet
from coverage_app.web.pages.dashboard.filters import DashboardFilters, read
from coverage_app.web.pages.dashboard.rows import by_day, line, lines
from coverage_app.web.pages.dashboard.views import SIZE, filter_choices
from coverage_app.web.present.filters import local_day, zone

pages = Blueprint("calendar", __name__)
reschedule.add(pages)


@pages.get("/calendar")
def index() -> str:
    filters, now = read(request.args), utcnow()
    today = local_day(now)
    shown = sheet(request.args.get("shape"), request.args.get("day"), today)
    context = _agenda(filters, now, shown) if shown.shape is CalendarShape.AGENDA else _cells(filters, now, shown)
    extra = shown.address() or {}
    return render_template(
        "calendar/index.html",
        filters=filters,
        sheet=shown,
        today=today,
        extra=extra,
        **context,
        **filter_choices(),
    )


def _cells(filters: DashboardFilters, now: datetime, shown: Sheet) -> Values:
    """Return a cell for each day, with its first lines and how many more there are.

    Also the version of each line's record, so that a line is not moved on the strength of an old page.
    """
    days = calendar.days(filters.criteria(now), shown.first, shown.number, zone())
    record_versions = versions.of_records(row for day in days for row in day.rows)
    return {"cells": [(day, [line(row, now) for row in day.rows]) for day in days], "versions": record_versions}


def _agenda(filters: DashboardFilters, now: datetime, shown: Sheet) -> Values:
    """Return a page of the same lines as on the dashboard."""
    span = calendar.day_span(shown.first, shown.number, zone())
    page = coverages.due(filters.criteria(now), span, request.args.get("at"), SIZE)
    return {"page": page, "groups": by_day(lines(page.rows, now))}
