"""How each part is that reminders depend on, whatever has failed: asked part by part, none hides another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, database_clock
from coverage_app.database import hurry
from coverage_app.extensions import db
from coverage_app.services import health
from coverage_app.services.health import Ailment, Pulse

PATIENCE = 2.0  # seconds for one question to PostgreSQL, which may wait for a lock


class Part(StrEnum):
    DATABASE = "database"
    MIGRATIONS = "migrations"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    PUNCTUALITY = "punctuality"
    MAIL = "mail"
    CLOCKS = "clocks"
    REDIS = "redis"


SHOWN_BY = {
    Ailment.NO_WORKER: Part.WORKER,
    Ailment.NO_SCHEDULER: Part.SCHEDULER,
    Ailment.LATE: Part.PUNCTUALITY,
    Ailment.HELD_BACK: Part.MAIL,
    Ailment.NO_MAIL_SERVER: Part.MAIL,
    Ailment.CLOCK_OFF: Part.CLOCKS,
}


@dataclass(frozen=True)
class Finding:
    """One part: well when there is no ``ailment``. ``said`` is what a program answered, its own words or the version
    that is there, for its keepers' eyes alone."""

    ailment: Ailment | None = None
    said: str = ""


@dataclass(frozen=True)
class Health:
    """``parts`` that were asked; ``pulse`` is None when the database would not tell it."""

    parts: dict[Part, Finding]
    pulse: Pulse | None

    @property
    def ready(self) -> bool:
        return not any(finding.ailment and finding.ailment.grave for finding in self.parts.values())

    @property
    def sound(self) -> bool:
        return not any(finding.ailment for finding in self.parts.values())


def examine(now: datetime) -> Health:
    """Ask every part. Raises nothing; the caller's transaction is rolled back where the database failed."""
    database = _database()
    if database.ailment:
        return Health(dict.fromkeys(_TOLD_BY_DATABASE, database) | {Part.REDIS: redis()}, None)
    parts = {Part.DATABASE: database, Part.MIGRATIONS: _migrations()}
    try:
        state = health.state(now)
    except SQLAlchemyError as error:
        return Health(dict.fromkeys(_TOLD_BY_DATABASE, _failed(error)) | parts | {Part.REDIS: redis()}, None)
    parts |= dict.fromkeys(SHOWN_BY.values(), Finding())
    # Backwards: of two that one part shows, the first is the cause of the other.
    parts |= {SHOWN_BY[ailment]: Finding(ailment, _said(ailment, state)) for ailment in reversed(state.ailments)}
    return Health(parts | {Part.REDIS: redis()}, state)


def no_answer(seconds: float) -> Health:
    """What there is to say when the database holds the examination itself up."""
    silent = Finding(Ailment.DATABASE_FAILS, f"no answer within {seconds:g} s")
    return Health(dict.fromkeys(_TOLD_BY_DATABASE, silent), None)


def redis() -> Finding:
    """Asked with the alarms' own patience: a second to connect and a second to answer."""
    try:
        alarms.of_app().probe()
    except ConnectionError as error:
        return Finding(Ailment.REDIS_AWAY, first_line(error))
    return Finding()


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def newest_migrations() -> frozenset[str]:
    """Where the code wants the database to be."""
    return _heads(str(current_app.extensions["migrate"].directory))


_TOLD_BY_DATABASE = [part for part in Part if part != Part.REDIS]


def _database() -> Finding:
    try:
        connection = db.session.connection()
        hurry(connection, PATIENCE)
        connection.execute(text("SELECT 1"))
        # A web process has no heartbeat: it learns here that one of the two clocks was set since it last connected.
        database_clock.current().measure(connection)
    except SQLAlchemyError as error:
        return _failed(error)
    return Finding(said=str(db.engine.dialect.name))


def _migrations() -> Finding:
    try:
        connection = db.session.connection()
        table = inspect(connection).has_table("alembic_version")
        here = set(connection.scalars(text("SELECT version_num FROM alembic_version"))) if table else set()
    except SQLAlchemyError as error:
        return _failed(error)
    return Finding(None if here == newest_migrations() else Ailment.NOT_MIGRATED, ", ".join(sorted(here)))


def _failed(error: SQLAlchemyError) -> Finding:
    db.session.rollback()
    return Finding(Ailment.DATABASE_FAILS, first_line(error.__cause__ or error))


def _said(ailment: Ailment, state: Pulse) -> str:
    if ailment == Ailment.CLOCK_OFF:
        return f"{state.clock_offset:+.0f}"
    return (state.trouble or "") if ailment == Ailment.HELD_BACK else ""


@cache
def _heads(directory: str) -> frozenset[str]:
    return frozenset(ScriptDirectory(directory).get_heads())
