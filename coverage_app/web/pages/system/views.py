"""System, for administrators: how every part is, how punctual the mails were, what failed, and a test mail."""

import platform
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from coverage_app import alarms, database_clock
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services import installation
from coverage_app.services.emails import smtp_check as mails
from coverage_app.services.health import checks, failure_groups, figures
from coverage_app.services.health.checks import Component
from coverage_app.services.health.figures import HOUR, Hour, WaitingReminders
from coverage_app.web.middleware.auth import admins_only, me
from coverage_app.web.middleware.error_pages import AGAIN_AFTER, Answer
from coverage_app.web.pages.system.chart import Chart
from coverage_app.web.pages.system.presenters import (
    Failure,
    Process,
    StatusLine,
    failures,
    lines,
    notices,
    processes,
    skips,
)
from coverage_app.web.present import banner
from coverage_app.web.present.flashes import flash_message

pages = Blueprint("system", __name__, url_prefix="/system")
pages.before_request(admins_only)
HOURS = 24
FAILURES_OF = timedelta(days=7)


@dataclass(frozen=True)
class Report:
    """What the database tells at one moment."""

    waiting: WaitingReminders
    hours: list[Hour]
    chart: Chart
    processes: list[Process]
    failures: list[Failure]
    skipped: list[Failure]

    @property
    def sent(self) -> int:
        return sum(hour.sent for hour in self.hours)

    @property
    def worst(self) -> int:
        """Seconds."""
        return max(hour.worst for hour in self.hours)


@pages.get("")
def show() -> Answer:
    now = database_clock.now()
    health = checks.examine(now)
    report = _report(now) if health.engine else None
    page = render_template(
        "system/show.html",
        now=now,
        lines=_lines(health, report) + (notices(installation.find_notices(now)) if report else []),
        report=report,
        python=platform.python_version(),
        newest=", ".join(sorted(checks.newest_migrations())),
        settings=current_app.extensions["settings"],
        # In place of the banner's own: the database has answered, or has not, a moment ago.
        banner=lambda: banner.describe(health.engine),
    )
    return (page, 200) if report else (page, 503, {"Retry-After": AGAIN_AFTER})


@pages.post("/test-mail")
def test_mail() -> Response:
    address = me().email
    try:
        mails.send(me(), utcnow())
        flash_message(
            _("The mail server has accepted the test mail to %(email)s. It should be there in a moment.", email=address)
        )
    except mails.TestMailFailed as refusal:
        flash_message(refusal.sentence, "warning")
    return redirect(url_for("system.show"))


def _report(now: datetime) -> Report | None:
    begin = now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    try:
        hours, unsent = figures.sent(begin, HOURS), figures.unsent(now - FAILURES_OF)
        return Report(
            figures.waiting(now),
            hours,
            Chart(hours),
            processes(figures.processes(), now),
            failures(failure_groups.group(unsent.failed)),
            skips(unsent.skipped),
        )
    except SQLAlchemyError:  # it took too long; what is known of the parts is shown all the same
        db.session.rollback()
        return None


def _lines(health: checks.HealthReport, report: Report | None) -> list[StatusLine]:
    alive = Counter(process.kind for process in report.processes if process.alive) if report else Counter[str]()
    depth = None
    if health.parts[Component.REDIS].problem is None:
        try:
            depth = alarms.current().depth()
        except ConnectionError:  # it went away this very moment; the next look says so
            depth = None
    return lines(health, alive, depth, current_app.extensions["settings"].smtp)
