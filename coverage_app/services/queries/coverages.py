"""The open follow-ups that the dashboard and the calendar show: filtered, counted, page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, text
from sqlalchemy.orm import joinedload

from coverage_app.enums import EventKind
from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, Reminder
from coverage_app.services.queries.paging import Order, Page, page
from coverage_app.services.queries.search import matches

BY_DUE = Order(FollowUp.due_at, FollowUp.id)
NEWEST_DUE = Order(FollowUp.due_at, FollowUp.id, newest_first=True)
PEOPLE = (joinedload(FollowUp.contact), joinedload(FollowUp.responsible), joinedload(FollowUp.cover))
# No index helps to find letters inside a text on both databases, so text is looked for only this near to now.
TEXT_BACK, TEXT_AHEAD = timedelta(days=30), timedelta(days=60)
# A reminder that failed longer ago is history: its follow-up is overdue, and shown as such.
FAILED_BACK = timedelta(days=30)
# Beyond this the page shows only "more than".
COUNTED = 999


class View(StrEnum):
    """Whose follow-ups: those I cover, those of mine that others cover, everybody's (covered or not)."""

    MINE = "mine"
    FOR_ME = "for_me"
    ALL = "all"


@dataclass(frozen=True)
class Filter:
    """What is shown. ``person`` is the owner or the cover; ``failed`` keeps those with a reminder that failed."""

    view: View = View.MINE
    kind: EventKind | None = None
    person: UUID | None = None
    failed: bool = False
    sought: str = ""


@dataclass(frozen=True)
class Span:
    """From ``start`` until just before ``end``; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class CoverageCriteria:
    """A filter, the person for whom it is applied, and the present moment."""

    filter: Filter
    user_id: UUID
    now: datetime


def due(criteria: CoverageCriteria, span: Span, cursor: str | None, size: int, *, newest_first: bool = False) -> Page:
    """Return a page of the open follow-ups due in ``span``, with their people."""
    query = open_follow_ups(criteria, span).options(*PEOPLE)
    return page(query, NEWEST_DUE if newest_first else BY_DUE, cursor, size)


def counts(criteria: CoverageCriteria, spans: list[tuple[Filter, Span]]) -> list[int]:
    """Count the follow-ups of each filter and span, in one query; COUNTED + 1 stands for any more."""
    parts = []
    for filters, span in spans:
        rows = open_follow_ups(CoverageCriteria(filters, criteria.user_id, criteria.now), span).with_only_columns(
            FollowUp.id
        )
        parts.append(select(func.count()).select_from(rows.limit(COUNTED + 1).subquery()).scalar_subquery())
    return list(db.session.execute(select(*parts)).one())


def one(follow_up_id: UUID) -> FollowUp:
    """Return a follow-up with its people. Raises NotFound, also for one that was deleted since."""
    row = db.session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id).options(*PEOPLE))
    if row is None:
        raise NotFound
    return row


def open_follow_ups(criteria: CoverageCriteria, span: Span) -> Select[FollowUp]:
    """Select the open follow-ups that match ``criteria`` and are due in ``span``, unordered, without their people."""
    filters = criteria.filter
    query = _of(filters.view, criteria.user_id)
    if span.start is not None:
        query = query.where(FollowUp.due_at >= span.start)
    if span.end is not None:
        query = query.where(FollowUp.due_at < span.end)
    if filters.kind is not None:
        query = query.where(FollowUp.event_kind == filters.kind)
    if filters.person is not None:
        query = query.where(
            or_(FollowUp.responsible_user_id == filters.person, FollowUp.coverage_user_id == filters.person)
        )
    if filters.failed:
        query = query.where(_failed(criteria.now - FAILED_BACK))
    return _sought(query, filters.sought, criteria.now) if filters.sought else query


def _of(view: View, me: UUID) -> Select[FollowUp]:
    query = select(FollowUp).where(FollowUp.done_at.is_(None))
    if view is View.MINE:
        return query.where(FollowUp.coverage_user_id == me)
    if view is View.FOR_ME:
        return query.where(FollowUp.responsible_user_id == me, FollowUp.coverage_user_id.is_not(None))
    return query


def _sought(query: Select[FollowUp], sought: str, now: datetime) -> Select[FollowUp]:
    written = FollowUp.title + " " + func.coalesce(Contact.name, "")
    return query.outerjoin(FollowUp.contact).where(
        FollowUp.due_at >= now - TEXT_BACK,
        FollowUp.due_at < now + TEXT_AHEAD,
        matches(sought, [written], [Contact.phone]),
    )


def _failed(since: datetime) -> ColumnElement[bool]:
    row = Reminder
    return exists().where(
        text("status = 'failed'"),  # a literal: SQLite uses a partial index for no other
        row.event_due_date >= since,
        row.event_due_date == FollowUp.due_at,
        row.entity_type == FollowUp.entity_type,
        row.entity_id == FollowUp.entity_id,
        row.event_kind == FollowUp.event_kind,
        row.coverage_user_id == FollowUp.coverage_user_id,
    )
