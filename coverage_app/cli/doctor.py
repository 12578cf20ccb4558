"""Looks at every part that reminders depend on, and says in one line each whether it is well."""

from collections.abc import Callable

import click
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, mailer
from coverage_app.cli.command import command
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services import pulse


class Ill(Exception):
    """What is wrong, in words."""


@command("doctor")
def doctor() -> None:
    """Check the configuration, the servers and the pulse; exit 1 if anything is not well."""
    ill = 0
    for name, examine in EXAMINATIONS.items():
        try:
            click.echo(f"ok    {name}: {examine()}")
        except Ill as found:
            ill += 1
            click.echo(f"FAIL  {name}: {found}")
    if ill:
        raise SystemExit(1)


def configuration() -> str:
    # The application would not have started with a wrong one.
    settings = current_app.extensions["settings"]
    return f"{'embedded' if settings.embedded else 'production'}, {settings.app_url}"


def database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
        return str(db.engine.dialect.name)
    except SQLAlchemyError as error:
        raise Ill(_first_line(error.__cause__ or error)) from None
    finally:
        db.session.remove()


def migrations() -> str:
    script = ScriptDirectory(current_app.extensions["migrate"].directory)
    try:
        with db.engine.connect() as connection:
            table = inspect(connection).has_table("alembic_version")
            here = set(connection.scalars(text("SELECT version_num FROM alembic_version"))) if table else set()
    except SQLAlchemyError as error:
        raise Ill(_first_line(error.__cause__ or error)) from None
    newest = set(script.get_heads())
    if here != newest:
        at = ", ".join(sorted(here)) or "nothing"
        raise Ill(f"at {at}, not at {', '.join(sorted(newest))}; run: flask --app wsgi db upgrade")
    return f"at {', '.join(sorted(here))}"


def redis() -> str:
    try:
        alarms.of_app().ping()
    except ConnectionError as error:
        raise Ill(f"{_first_line(error)}; reminders go out up to 60 s late meanwhile") from None
    return "answers"


def mail() -> str:
    if not mailer.configured():
        raise Ill("no mail server is named, reminders wait; set SMTP_SERVER")
    try:
        mailer.probe()
    except mailer.RoadFault as fault:
        raise Ill(_first_line(fault)) from None
    return "the server lets us in"


def engine() -> str:
    try:
        state = pulse.state(utcnow())
    except SQLAlchemyError as error:
        raise Ill(_first_line(error.__cause__ or error)) from None
    finally:
        db.session.remove()
    complaints = {
        "no worker has been heard for a minute; run: flask --app wsgi run-worker": not state.worker,
        "no scheduler has been heard for a minute; run: flask --app wsgi run-scheduler": not state.scheduler,
        f"{state.late} reminders are more than two minutes late": bool(state.late),
        f"a worker holds mail back: {state.trouble}": bool(state.trouble),
    }
    found = [words for words, true in complaints.items() if true]
    if found:
        raise Ill("; ".join(found))
    return "worker and scheduler are alive, nothing is late"


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


EXAMINATIONS: dict[str, Callable[[], str]] = {
    "configuration": configuration,
    "database": database,
    "migrations": migrations,
    "redis": redis,
    "mail": mail,
    "pulse": engine,
}

COMMANDS = [doctor]
