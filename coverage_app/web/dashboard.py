"""The dashboard: the coverages that are coming, day by day, and those whose time has passed."""

from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from coverage_app.clock import utcnow
from coverage_app.enums import EntityType
from coverage_app.models import FollowUp
from coverage_app.services.entities import ENTITIES
from coverage_app.services.queries import coverages
from coverage_app.services.queries.coverages import View
from coverage_app.services.wording import event_name
from coverage_app.web.filters import local_day
from coverage_app.web.timeline import step

pages = Blueprint("dashboard", __name__)

VIEWS = {View.MINE: _l("I cover"), View.FOR_ME: _l("Covered for me"), View.ALL: _l("Everyone's")}
AHEAD, OVERDUE_FIRST, OVERDUE_ALL = 25, 5, 25


@pages.get("/")
def index() -> str:
    """What is overdue comes first, the latest few; the rest of it has a list of its own."""
    view, now, mark = _view(), utcnow(), request.args.get("at")
    ahead = coverages.ahead(view, current_user.id, now, mark, AHEAD)
    overdue = coverages.overdue(view, current_user.id, now, None, OVERDUE_FIRST) if not ahead.before else None
    late = overdue.rows[::-1] if overdue else []
    lines = _lines([*late, *ahead.rows], now)
    return render_template(
        "dashboard/index.html",
        views=VIEWS,
        view=view,
        page=ahead,
        overdue=lines[: len(late)],
        more_overdue=bool(overdue and overdue.after),
        days=[(day, list(group)) for day, group in groupby(lines[len(late) :], lambda line: line["day"])],
        today=local_day(now),
    )


@pages.get("/overdue")
def overdue() -> str:
    """Everything whose time has passed and that nobody has marked as done, the most recent first."""
    view, now = _view(), utcnow()
    page = coverages.overdue(view, current_user.id, now, request.args.get("at"), OVERDUE_ALL)
    return render_template("dashboard/overdue.html", views=VIEWS, view=view, page=page, lines=_lines(page.rows, now))


def _view() -> View:
    asked = request.args.get("view")
    return View(asked) if asked in list(View) else View.MINE


def _lines(follow_ups: Any, now: Any) -> list[dict[str, Any]]:
    reminders = coverages.reminders_of(follow_ups)
    return [_line(row, [step(reminder, now) for reminder in reminders.get(row.id, [])]) for row in follow_ups]


def _line(row: FollowUp, steps: list[Any]) -> dict[str, Any]:
    return {
        "row": row,
        "day": local_day(row.due_at),
        "what": event_name(row.event_kind, row.title),
        "folder": ENTITIES[EntityType(row.entity_type)].folder,
        "steps": steps,
    }
