"""Follow-ups in words, line by line, under the headings of their days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from flask_babel import LazyString
from flask_babel import gettext as _

from coverage_app import i18n
from coverage_app.enums import EntityType
from coverage_app.models import FollowUp
from coverage_app.services.emails.reminder import event_name
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import reminder_states
from coverage_app.web.present.filters import local_day
from coverage_app.web.present.labels import EVENT_KINDS
from coverage_app.web.present.reminder_status import Step, step


@dataclass(frozen=True)
class DashboardRow:
    """One follow-up. ``relative`` is how far off it is, in words; ``what`` says kind and title in one."""

    row: FollowUp
    what: str
    relative: str
    late: bool
    steps: list[Step]

    @property
    def folder(self) -> str:
        return ENTITIES[EntityType(self.row.entity_type)].folder

    @property
    def day(self) -> date:
        return local_day(self.row.due_at)

    @property
    def kind(self) -> LazyString | str:
        return EVENT_KINDS[self.row.event_kind]


@dataclass(frozen=True)
class Group:
    """The lines of one day; no ``day`` for those whose time has passed."""

    day: date | None
    lines: list[DashboardRow]


def lines(rows: Iterable[FollowUp], now: datetime) -> list[DashboardRow]:
    """Return each follow-up with its reminders as they stand: one more query, however many there are."""
    rows = list(rows)
    reminders = reminder_states.reminders_of(rows)
    return [line(row, now, [step(reminder, now) for reminder in reminders.get(row.id, [])]) for row in rows]


def line(row: FollowUp, now: datetime, steps: list[Step] | None = None) -> DashboardRow:
    what = event_name(row.event_kind, row.title)
    if row.title and row.title not in what:
        what = f"{what}: {row.title}"
    return DashboardRow(row, what, _relative(row.due_at - now), row.due_at < now, steps or [])


def groups(rows: Iterable[DashboardRow]) -> list[Group]:
    """Return one group for what is late, then one for each day."""
    return [Group(day, list(group)) for day, group in groupby(rows, lambda one: None if one.late else one.day)]


def by_day(rows: Iterable[DashboardRow]) -> list[Group]:
    """Return one group for each day, what is late among the rest."""
    return [Group(day, list(group)) for day, group in groupby(rows, lambda one: one.day)]


def _relative(left: timedelta) -> str:
    far = abs(left)
    words = i18n.duration(far - far % timedelta(hours=1) if far >= timedelta(days=1) else far)
    return _("%(left)s ago", left=words) if left < timedelta(0) else _("in %(left)s", left=words)
