"""Looks at every part that reminders depend on, and says in one line each whether it is well."""

from collections.abc import Callable
from datetime import datetime

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import database_clock, mailer
from coverage_app.cli import security
from coverage_app.cli.command import command
from coverage_app.clock import utcnow
from coverage_app.database import is_pooled
from coverage_app.database_clock import STOP_BEYOND
from coverage_app.extensions import db
from coverage_app.services import installation
from coverage_app.services.health import COUNTED, Problem, checks
from coverage_app.services.health.checks import Component, HealthReport, first_line


class CheckFailed(Exception):
    """What is wrong, in words."""


class CheckWarned(Exception):
    """What somebody should look at, although nothing fails, in words."""


@command("doctor")
@click.option("--security", "secure", is_flag=True, help="Also what strangers could make use of.")
def doctor(secure: bool) -> None:
    """Check the configuration, the servers and the pulse; exit 1 if anything is not well."""
    report = checks.examine(_now())
    db.session.remove()
    ill = 0
    for name, tell in LINES.items():
        try:
            click.echo(f"ok    {name}: {tell(report)}")
        except CheckWarned as words:
            click.echo(f"WARN  {name}: {words}")
        except CheckFailed as words:
            ill += 1
            click.echo(f"FAIL  {name}: {words}")
    for line in security.check() if secure else []:
        ill += line.level == security.FAIL
        click.echo(f"{line.level:<5} {line.part}: {line.words}")
    if ill:
        raise SystemExit(1)


def configuration(_found: HealthReport) -> str:
    # The application would not have started with a wrong one.
    settings = current_app.extensions["settings"]
    return f"{'embedded' if settings.embedded else 'production'}, {settings.app_url}"


def database(report: HealthReport) -> str:
    kind = _describer(Component.DATABASE)(report)
    try:
        pooled = is_pooled(db.session.connection())
    except SQLAlchemyError as error:
        raise CheckFailed(checks.first_line(error.__cause__ or error)) from None
    return f"{kind}, through a connection pooler" if pooled else kind


def mail(_found: HealthReport) -> str:
    """Beyond what the workers tell: connect and log in ourselves."""
    if not mailer.configured():
        raise CheckFailed(COMPLAINTS[Problem.NO_MAIL_SERVER])
    try:
        mailer.probe()
    except mailer.ServerUnavailable as fault:
        raise CheckFailed(first_line(fault)) from None
    return "the server lets us in"


def engine(report: HealthReport) -> str:
    """The worker, the scheduler, what is late and what a worker holds back, on one line."""
    parts = (Component.WORKER, Component.SCHEDULER, Component.PUNCTUALITY, Component.MAIL)
    failing = [part for part in parts if report.parts[part].problem not in (None, Problem.NO_MAIL_SERVER)]
    if failing:
        # What fails them all alike is printed once.
        raise CheckFailed("; ".join(dict.fromkeys(_complaint(report, part) for part in failing)))
    return "worker and scheduler are alive, nothing is late"


def clocks(report: HealthReport) -> str:
    """A clock that stops its worker is a failure, one that is a little off is worth a look."""
    finding = report.parts[Component.CLOCKS]
    if finding.problem is None:
        return "at most 2 s off the database's"
    words = _complaint(report, Component.CLOCKS)
    if finding.problem != Problem.CLOCK_OFF or (report.engine and report.engine.clock_stops_mail):
        raise CheckFailed(words)
    raise CheckWarned(words)


def address(_found: HealthReport) -> str:
    """Two installations on copies of one database would each send every mail."""
    released = installation.find_notices(utcnow()).released_url
    if released is not None:
        raise CheckFailed(
            f"the last release ran as {released}; if this is a copy of its database, unset SMTP_SERVER here;"
            " if the site has moved, run: flask --app wsgi reconcile"
        )
    return "that of the last release"


def proxy(_found: HealthReport) -> str:
    if installation.find_notices(utcnow()).forwarded_at is not None:
        raise CheckWarned("requests come through a proxy and TRUSTED_PROXIES is 0: all visitors look like one")
    return f"{current_app.extensions['settings'].trusted_proxies} trusted"


def _now() -> datetime:
    """The database's time, to which heartbeats are compared; this machine's when the database is away."""
    clock = database_clock.current()
    try:
        return clock.now()
    except SQLAlchemyError:  # the line of the database says what is wrong with it
        return clock.now_or_local()


def _describer(part: Component, well: str = "{detail}") -> Callable[[HealthReport], str]:
    """The line of one part: its complaint, or ``well``."""

    def tell(report: HealthReport) -> str:
        if report.parts[part].problem:
            raise CheckFailed(_complaint(report, part))
        return well.format(detail=report.parts[part].detail)

    return tell


def _complaint(report: HealthReport, part: Component) -> str:
    finding = report.parts[part]
    assert finding.problem is not None  # called only for what fails
    late = report.engine.late if report.engine else 0
    many = str(late) if late <= COUNTED else f"over {COUNTED}"
    newest = ", ".join(sorted(checks.newest_migrations()))
    return COMPLAINTS[finding.problem].format(detail=finding.detail or "nothing", late=many, newest=newest)


COMPLAINTS = {
    Problem.DATABASE_FAILS: "{detail}",
    Problem.NOT_MIGRATED: "at {detail}, not at {newest}; run: flask --app wsgi db upgrade",
    Problem.NO_MAIL_SERVER: "no mail server is named, reminders wait; set SMTP_SERVER",
    Problem.NO_WORKER: "no worker has been heard for a minute; run: flask --app wsgi run-worker",
    Problem.NO_SCHEDULER: "no scheduler has been heard for a minute; run: flask --app wsgi run-scheduler",
    Problem.HELD_BACK: "a worker holds mail back: {detail}",
    Problem.LATE: "{late} reminders are more than two minutes late",
    Problem.CLOCK_OFF: f"one is {{detail}} s off the database's; "
    f"beyond {STOP_BEYOND:g} s no mail leaves; set it by NTP",
    Problem.REDIS_AWAY: "{detail}; reminders go out up to 60 s late meanwhile",
}
LINES: dict[str, Callable[[HealthReport], str]] = {
    "configuration": configuration,
    "database": database,
    "migrations": _describer(Component.MIGRATIONS, "at {detail}"),
    "redis": _describer(Component.REDIS, "answers"),
    "mail": mail,
    "pulse": engine,
    "clocks": clocks,
    "address": address,
    "proxy": proxy,
}

COMMANDS = [doctor]
