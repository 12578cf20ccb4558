"""The dashboard: open follow-ups day by day, who covers them, and the state of their reminders."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from coverage_app.clock import utcnow
from coverage_app.enums import DashboardPeriod
from coverage_app.services import saved_filters
from coverage_app.services.queries import choices, coverages
from coverage_app.services.queries.paging import Page
from coverage_app.services.values import Values
from coverage_app.web.middleware.auth import me
from coverage_app.web.pages.dashboard import cover
from coverage_app.web.pages.dashboard import saved_filters as saved_filter_pages
from coverage_app.web.pages.dashboard.filters import DashboardFilters, read, span
from coverage_app.web.pages.dashboard.rows import groups, lines
from coverage_app.web.present.filters import local_day

pages = Blueprint("dashboard", __name__)
cover.add(pages)
saved_filter_pages.add(pages)

SIZE, OVERDUE_FIRST = 50, 5


@pages.get("/")
def index() -> str:
    """Show the period. Without one, the latest few overdue come first; the rest of them have a list of their own."""
    filters, now, cursor = read(request.args), utcnow(), request.args.get("at")
    page, late = _pages(filters, now, cursor)
    return render_template(
        "dashboard/index.html",
        filters=filters,
        page=page,
        groups=groups(lines([*late.rows[::-1], *page.rows] if late else page.rows, now)),
        more_overdue=bool(late and late.after),
        tiles=_tiles(filters, now),
        today=local_day(now),
        now=now,
        **filter_choices(),
    )


def filter_choices() -> Values:
    """Return what the form of the filters offers, here and in the calendar."""
    return {
        "colleagues": choices.everybody(),
        "kept_filters": saved_filters.of(me().id),
    }


def _pages(filters: DashboardFilters, now: datetime, cursor: str | None) -> tuple[Page, Page | None]:
    """Return a page of the period and, before its first one, the latest of what is overdue."""
    criteria, newest_first = filters.criteria(now), filters.period is DashboardPeriod.OVERDUE
    page = coverages.due(criteria, span(filters.period, now), cursor, SIZE, newest_first=newest_first)
    if filters.period is not DashboardPeriod.ALL or page.before:
        return page, None
    return page, coverages.due(criteria, span(DashboardPeriod.OVERDUE, now), None, OVERDUE_FIRST, newest_first=True)


def _tiles(filters: DashboardFilters, now: datetime) -> list[Values]:
    """Build the four counts, whatever the period of the filters, each with the address of what it counts."""
    usual, failing = replace(filters.filter, failed=False), replace(filters.filter, failed=True)
    shown = [
        (_("Today"), "calendar-event", usual, DashboardPeriod.TODAY),
        (_("Next 7 days"), "calendar2-check", usual, DashboardPeriod.WEEK),
        (_("Overdue"), "exclamation-circle", usual, DashboardPeriod.OVERDUE),
        (_("With failed reminders"), "envelope-x", failing, DashboardPeriod.ALL),
    ]
    whole = [(which, coverages.Span() if which.failed else span(period, now)) for *_rest, which, period in shown]
    numbers = coverages.counts(filters.criteria(now), whole)
    return [
        {
            "label": label,
            "icon": icon,
            "number": number,
            "to": DashboardFilters(which, period).query_args,
            "bad": icon[0] == "e",
        }
        for (label, icon, which, period), number in zip(shown, numbers, strict=True)
    ]
