"""Who does what, and when: the open follow-ups that the dashboard and the calendar show, filtered."""

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
# Beyond this a number on the page says only "more than".
COUNTED = 999


class View(StrEnum):
    """Whose follow-ups: those I cover, those of mine that others cover, everybody's (covered or not)."""

    MINE = "mine"
    FOR_ME = "for_me"
    ALL = "all"


@dataclass(frozen=True)
class Filter:
    """What is asked for. ``person`` is the owner or the cover; ``failed`` asks for a reminder that failed."""

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
class Asking:
    """A filter, the person who asks, and the moment at which they do."""

    filter: Filter
    me: UUID
    now: datetime


def due(asking: Asking, span: Span, mark: str | None, size: int, *, newest_first: bool = False) -> Page:
    """The open follow-ups due in ``span``, with their people, page by page."""
    question = found(asking, span).options(*PEOPLE)
    return page(question, NEWEST_DUE if newest_first else BY_DUE, mark, size)


def counts(asking: Asking, spans: list[tuple[Filter, Span]]) -> list[int]:
    """How many there are for each filter and span, all in one question; COUNTED + 1 stands for any more."""
    parts = []
    for asked, span in spans:
        rows = found(Asking(asked, asking.me, asking.now), span).with_only_columns(FollowUp.id)
        parts.append(select(func.count()).select_from(rows.limit(COUNTED + 1).subquery()).scalar_subquery())
    return list(db.session.execute(select(*parts)).one())


def one(follow_up_id: UUID) -> FollowUp:
    """With its people. Raises NotFound, also for one that has since been done away with."""
    row = db.session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id).options(*PEOPLE))
    if row is None:
        raise NotFound
    return row


def found(asking: Asking, span: Span) -> Select[FollowUp]:
    """The open follow-ups that a filter finds in ``span``, in no order, without their people."""
    asked = asking.filter
    question = _of(asked.view, asking.me)
    if span.start is not None:
        question = question.where(FollowUp.due_at >= span.start)
    if span.end is not None:
        question = question.where(FollowUp.due_at < span.end)
    if asked.kind is not None:
        question = question.where(FollowUp.event_kind == asked.kind)
    if asked.person is not None:
        question = question.where(
            or_(FollowUp.responsible_user_id == asked.person, FollowUp.coverage_user_id == asked.person)
        )
    if asked.failed:
        question = question.where(_failed(asking.now - FAILED_BACK))
    return _sought(question, asked.sought, asking.now) if asked.sought else question


def _of(view: View, me: UUID) -> Select[FollowUp]:
    question = select(FollowUp).where(FollowUp.done_at.is_(None))
    if view is View.MINE:
        return question.where(FollowUp.coverage_user_id == me)
    if view is View.FOR_ME:
        return question.where(FollowUp.responsible_user_id == me, FollowUp.coverage_user_id.is_not(None))
    return question


def _sought(question: Select[FollowUp], sought: str, now: datetime) -> Select[FollowUp]:
    written = FollowUp.title + " " + func.coalesce(Contact.name, "")
    return question.outerjoin(FollowUp.contact).where(
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
