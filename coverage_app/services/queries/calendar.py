"""The first few follow-ups of each day of a month or a week, and how many there are in all, in one query."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Subquery, case, func, literal_column, select

from coverage_app.clock import day_begins
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.services.queries.coverages import PEOPLE, CoverageCriteria, Span, open_follow_ups

SHOWN = 5


@dataclass(frozen=True)
class Day:
    """``rows`` are the first of the day, ``total`` how many there are."""

    date: date
    rows: list[FollowUp]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def day_span(first: date, days: int, zone: str) -> Span:
    """Return the span of so many local days of ``zone``; a day may have 23 or 25 hours."""
    return Span(day_begins(first, zone), day_begins(first + timedelta(days=days), zone))


def days(criteria: CoverageCriteria, first: date, number: int, zone: str) -> list[Day]:
    """Return ``number`` days from ``first`` on, each with its earliest follow-ups, at most SHOWN."""
    begins = [day_begins(first + timedelta(days=n), zone) for n in range(number + 1)]
    chosen = _chosen(criteria, begins)
    question = (
        select(FollowUp, chosen.c.day, chosen.c.total)
        .join(chosen, chosen.c.id == FollowUp.id)
        .options(*PEOPLE)
        .order_by(FollowUp.due_at, FollowUp.id)
    )
    rows: dict[int, list[FollowUp]] = {}
    totals: dict[int, int] = {}
    for follow_up, day, total in db.session.execute(question):
        rows.setdefault(day, []).append(follow_up)
        totals[day] = total
    return [Day(first + timedelta(days=n), rows.get(n, []), totals.get(n, 0)) for n in range(number)]


def _chosen(criteria: CoverageCriteria, begins: list[datetime]) -> Subquery:
    """The id, the number of its day and the total of that day for each that is shown; a day ends where the next begins.

    Read from an index alone.
    """
    day = case(*((FollowUp.due_at < end, literal_column(str(n))) for n, end in enumerate(begins[1:])))
    query = open_follow_ups(criteria, Span(begins[0], begins[-1]))
    numbered = query.with_only_columns(FollowUp.id, FollowUp.due_at, day.label("day")).subquery()
    place = func.row_number().over(partition_by=numbered.c.day, order_by=[numbered.c.due_at, numbered.c.id])
    total = func.count().over(partition_by=numbered.c.day)
    ranked = select(numbered.c.id, numbered.c.day, place.label("place"), total.label("total")).subquery()
    shown = select(ranked.c.id, ranked.c.day, ranked.c.total).where(ranked.c.place <= SHOWN)
    # There are no more than that. PostgreSQL, not knowing it, would read the whole table to join so many.
    return shown.limit(SHOWN * len(begins)).subquery()
