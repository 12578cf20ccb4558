"""What the address of the dashboard or the calendar asks for, read forgivingly: nonsense narrows nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from coverage_app.clock import day_begins
from coverage_app.enums import DashboardPeriod, EventKind
from coverage_app.services.queries import search
from coverage_app.services.queries.coverages import Asking, Filter, Span, View
from coverage_app.web.middleware.auth import me
from coverage_app.web.present.filters import local_day, zone

DAYS = {DashboardPeriod.WEEK: 7, DashboardPeriod.MONTH: 30}


@dataclass(frozen=True)
class DashboardFilters:
    """A filter and a period; ``kept`` is what an address must carry to ask the same again."""

    filter: Filter
    period: DashboardPeriod = DashboardPeriod.ALL

    @property
    def kept(self) -> dict[str, Any]:
        asked = self.filter
        carried = {
            "view": asked.view.value,
            "kind": asked.kind.value if asked.kind else None,
            "person": str(asked.person) if asked.person else None,
            "period": self.period.value if self.period is not DashboardPeriod.ALL else None,
            "failed": "1" if asked.failed else None,
            "q": asked.sought or None,
        }
        return {name: value for name, value in carried.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything beside the view limits what is shown."""
        return bool(self.kept.keys() - {"view"})

    def other(self, **changes: Any) -> dict[str, Any]:
        """An address like this one, but for some parts; None leaves a part out."""
        return {name: value for name, value in (self.kept | changes).items() if value is not None}

    def asking(self, now: datetime) -> Asking:
        return Asking(self.filter, me().id, now)


def read(args: MultiDict[str, str]) -> DashboardFilters:
    """What ``args`` (of an address, or kept by name) ask for."""
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
    """The period by the reader's clocks; what is ahead begins now, today at its first minute."""
    if period is DashboardPeriod.OVERDUE:
        return Span(end=now)
    if period is DashboardPeriod.TODAY:
        today = local_day(now)
        return Span(day_begins(today, zone()), day_begins(today + timedelta(days=1), zone()))
    return Span(now, now + timedelta(days=DAYS[period]) if period in DAYS else None)
