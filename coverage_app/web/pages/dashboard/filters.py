"""What the address of the dashboard or the calendar asks for, read forgivingly: nonsense narrows nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from coverage_app.clock import day_begins
from coverage_app.enums import EventKind
from coverage_app.services.queries import search
from coverage_app.services.queries.coverages import Asking, Filter, Span, View
from coverage_app.web.middleware.auth import me
from coverage_app.web.present.filters import local_day, zone

VIEWS = {View.MINE: _l("I cover"), View.FOR_ME: _l("They cover me"), View.ALL: _l("Whole team")}
KINDS = {
    EventKind.NEXT_CALL: _l("Call"),
    EventKind.NEXT_ACTION: _l("Action"),
    EventKind.TASK_DUE: _l("Task"),
    EventKind.STAGE_NEXT_ACTION: _l("Pipeline"),
    EventKind.OPPORTUNITY_FOLLOW_UP: _l("Opportunity"),
}


class Period(StrEnum):
    """``ALL`` shows the last few overdue ones and everything ahead."""

    ALL = "all"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    OVERDUE = "overdue"


PERIODS = {
    Period.ALL: _l("Overdue and ahead"),
    Period.TODAY: _l("Today"),
    Period.WEEK: _l("Next 7 days"),
    Period.MONTH: _l("Next 30 days"),
    Period.OVERDUE: _l("Overdue"),
}
DAYS = {Period.WEEK: 7, Period.MONTH: 30}


@dataclass(frozen=True)
class DashboardFilters:
    """A filter and a period; ``kept`` is what an address must carry to ask the same again."""

    filter: Filter
    period: Period = Period.ALL

    @property
    def kept(self) -> dict[str, Any]:
        asked = self.filter
        carried = {
            "view": asked.view.value,
            "kind": asked.kind.value if asked.kind else None,
            "person": str(asked.person) if asked.person else None,
            "period": self.period.value if self.period is not Period.ALL else None,
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
            view=View(view) if view in VIEWS else View.MINE,
            kind=EventKind(kind) if kind in KINDS else None,
            person=args.get("person", type=UUID),
            failed=args.get("failed") == "1",
            sought=search.term(args.get("q")),
        ),
        Period(period) if period in PERIODS else Period.ALL,
    )


def span(period: Period, now: datetime) -> Span:
    """The period by the reader's clocks; what is ahead begins now, today at its first minute."""
    if period is Period.OVERDUE:
        return Span(end=now)
    if period is Period.TODAY:
        today = local_day(now)
        return Span(day_begins(today, zone()), day_begins(today + timedelta(days=1), zone()))
    return Span(now, now + timedelta(days=DAYS[period]) if period in DAYS else None)
