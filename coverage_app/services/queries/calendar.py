"""The first few follow-ups of each day of a month or a week, and how many there are in all: one question."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, literal, select, union_all

from coverage_app.clock import day_begins
from coverage_app.extensions import db
from coverage_app.models import FollowUp
from coverage_app.services.queries.coverages import PEOPLE, Asking, Span, found

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
    """So many days by the clocks of ``zone``, from the beginning of the first: 23 or 25 hours, some of them."""
    return Span(day_begins(first, zone), day_begins(first + timedelta(days=days), zone))


def days(asking: Asking, first: date, number: int, zone: str) -> list[Day]:
    """Each of ``number`` days from ``first`` on, with at most SHOWN follow-ups, the earliest of it."""
    arms = union_all(*(_arm(asking, n, day_span(first + timedelta(days=n), 1, zone)) for n in range(number)))
    chosen = arms.subquery()
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


def _arm(asking: Asking, number: int, span: Span) -> Any:
    """One day. The database stops after SHOWN rows, having counted the day on the index."""
    mine = (
        found(asking, span)
        .with_only_columns(FollowUp.id, literal(number).label("day"), func.count().over().label("total"))
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(SHOWN)
        .subquery()
    )
    return select(mine)
