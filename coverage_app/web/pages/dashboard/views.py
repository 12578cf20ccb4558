"""The dashboard: what is promised, day by day, who keeps it, and how its reminders stand."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from coverage_app.clock import utcnow
from coverage_app.enums import DashboardPeriod
from coverage_app.services import saved_filters
from coverage_app.services.queries import choices, coverages
from coverage_app.services.queries.paging import Page
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
    """Without a period the latest few of the overdue come first; the rest of them have a list of their own."""
    asked, now, mark = read(request.args), utcnow(), request.args.get("at")
    page, late = _found(asked, now, mark)
    return render_template(
        "dashboard/index.html",
        asked=asked,
        page=page,
        groups=groups(lines([*late.rows[::-1], *page.rows] if late else page.rows, now)),
        more_overdue=bool(late and late.after),
        tiles=_tiles(asked, now),
        today=local_day(now),
        now=now,
        **filter_choices(),
    )


def filter_choices() -> dict[str, Any]:
    """What the filter's form offers, here and in the calendar."""
    return {
        "colleagues": choices.everybody(),
        "kept_filters": saved_filters.of(me().id),
    }


def _found(asked: DashboardFilters, now: datetime, mark: str | None) -> tuple[Page, Page | None]:
    """A page of the period, and before its first one the latest of what is overdue."""
    asking, newest_first = asked.asking(now), asked.period is DashboardPeriod.OVERDUE
    page = coverages.due(asking, span(asked.period, now), mark, SIZE, newest_first=newest_first)
    if asked.period is not DashboardPeriod.ALL or page.before:
        return page, None
    return page, coverages.due(asking, span(DashboardPeriod.OVERDUE, now), None, OVERDUE_FIRST, newest_first=True)


def _tiles(asked: DashboardFilters, now: datetime) -> list[dict[str, Any]]:
    """Four numbers of what is asked for, whatever its period, each with the address of what it counts."""
    mine, failing = replace(asked.filter, failed=False), replace(asked.filter, failed=True)
    shown = [
        (_("Today"), "calendar-event", mine, DashboardPeriod.TODAY),
        (_("Next 7 days"), "calendar2-check", mine, DashboardPeriod.WEEK),
        (_("Overdue"), "exclamation-circle", mine, DashboardPeriod.OVERDUE),
        (_("With failed reminders"), "envelope-x", failing, DashboardPeriod.ALL),
    ]
    whole = [(which, coverages.Span() if which.failed else span(period, now)) for *_rest, which, period in shown]
    numbers = coverages.counts(asked.asking(now), whole)
    return [
        {
            "label": label,
            "icon": icon,
            "number": number,
            "to": DashboardFilters(which, period).kept,
            "bad": icon[0] == "e",
        }
        for (label, icon, which, period), number in zip(shown, numbers, strict=True)
    ]
