"""Reads the filters of the dashboard and the calendar from a query string; what is invalid filters nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from coverage_app.clock import day_begins
from coverage_app.enums import DashboardPeriod, EventKind
from coverage_app.services.queries import search
from coverage_app.services.queries.coverages import CoverageCriteria, Filter, Span, View
from coverage_app.services.values import Values
from coverage_app.web.middleware.auth import me
from coverage_app.web.present.filters import local_day, zone

DAYS = {DashboardPeriod.WEEK: 7, DashboardPeriod.MONTH: 30}


@dataclass(frozen=True)
class DashboardFilters:
    """A filter and a period; ``query_args`` are the query string that gives the same again."""

    filter: Filter
    period: DashboardPeriod = DashboardPeriod.ALL

    @property
    def query_args(self) -> Values:
        filters = self.filter
        carried = {
            "view": filters.view.value,
            "kind": filters.kind.value if filters.kind else None,
            "person": str(filters.person) if filters.person else None,
            "period": self.period.value if self.period is not DashboardPeriod.ALL else None,
            "failed": "1" if filters.failed else None,
            "q": filters.sought or None,
        }
        return {name: value for name, value in carried.items() if value}

    @property
    def narrowed(self) -> bool:
        """Return whether anything beside the view limits what is shown."""
        return bool(self.query_args.keys() - {"view"})

    def other(self, **changes: Any) -> Values:
        """Return the query of an address like this one with some parts changed; None leaves a part out."""
        return {name: value for name, value in (self.query_args | changes).items() if value is not None}

    def criteria(self, now: datetime) -> CoverageCriteria:
        return CoverageCriteria(self.filter, me().id, now)


def read(args: MultiDict[str, str]) -> DashboardFilters:
    """Read the filters from ``args``, of an address or of a saved filter."""
    view, kind, period = args.get("view"), args.get("kind"), args.get("period")
    return DashboardFilters(
        Filter(
            view=View(view) if view in list(View) else View.MINE,
            kind=EventKind(kind) if kind in list(EventKind) else None,
            person=args.get("person", type=UUID),
            failed=args.get("failed") == "1",
            sought=search.term(args.get("q")),
        ),
        DashboardPeriod(period) if period in list(DashboardPeriod) else DashboardPeriod.ALL,
    )


def span(period: DashboardPeriod, now: datetime) -> Span:
    """Return the period by the reader's clocks; what is ahead begins now, today at its first minute."""
    if period is DashboardPeriod.OVERDUE:
        return Span(end=now)
    if period is DashboardPeriod.TODAY:
        today = local_day(now)
        return Span(day_begins(today, zone()), day_begins(today + timedelta(days=1), zone()))
    return Span(now, now + timedelta(days=DAYS[period]) if period in DAYS else None)
