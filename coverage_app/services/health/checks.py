"""Checks each part that reminders depend on; a part that fails hides no other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, database_clock
from coverage_app.database import set_statement_timeout
from coverage_app.extensions import db
from coverage_app.services import health
from coverage_app.services.health import EngineStatus, Problem

PATIENCE = 2.0  # seconds for one question to PostgreSQL, which may wait for a lock


class Component(StrEnum):
    DATABASE = "database"
    MIGRATIONS = "migrations"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    PUNCTUALITY = "punctuality"
    MAIL = "mail"
    CLOCKS = "clocks"
    REDIS = "redis"


SHOWN_BY = {
    Problem.NO_WORKER: Component.WORKER,
    Problem.NO_SCHEDULER: Component.SCHEDULER,
    Problem.LATE: Component.PUNCTUALITY,
    Problem.HELD_BACK: Component.MAIL,
    Problem.NO_MAIL_SERVER: Component.MAIL,
    Problem.CLOCK_OFF: Component.CLOCKS,
}


@dataclass(frozen=True)
class CheckResult:
    """The check of one part: healthy when there is no ``problem``. ``detail`` is what a server answered, or a version:
    for administrators only."""

    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True)
class HealthReport:
    """The ``parts`` that were checked; ``engine`` is None when the database did not answer."""

    parts: dict[Component, CheckResult]
    engine: EngineStatus | None

    @property
    def ready(self) -> bool:
        return not any(finding.problem and finding.problem.critical for finding in self.parts.values())

    @property
    def ok(self) -> bool:
        return not any(finding.problem for finding in self.parts.values())


def examine(now: datetime) -> HealthReport:
    """Ask every part. Raises nothing; the caller's transaction is rolled back where the database failed."""
    database = _database()
    if database.problem:
        return HealthReport(dict.fromkeys(_ASKED_OF_DATABASE, database) | {Component.REDIS: redis()}, None)
    parts = {Component.DATABASE: database, Component.MIGRATIONS: _migrations()}
    try:
        state = health.engine_status(now)
    except SQLAlchemyError as error:
        return HealthReport(
            dict.fromkeys(_ASKED_OF_DATABASE, _failed(error)) | parts | {Component.REDIS: redis()}, None
        )
    parts |= dict.fromkeys(SHOWN_BY.values(), CheckResult())
    # Backwards: of two that one part shows, the first is the cause of the other.
    parts |= {SHOWN_BY[problem]: CheckResult(problem, _said(problem, state)) for problem in reversed(state.problems)}
    return HealthReport(parts | {Component.REDIS: redis()}, state)


def no_answer(seconds: float) -> HealthReport:
    """What there is to say when the database holds the examination itself up."""
    silent = CheckResult(Problem.DATABASE_FAILS, f"no answer within {seconds:g} s")
    return HealthReport(dict.fromkeys(_ASKED_OF_DATABASE, silent), None)


def redis() -> CheckResult:
    """Check with the time-outs of the alarms: a second to connect and a second to answer."""
    try:
        alarms.current().probe()
    except ConnectionError as error:
        return CheckResult(Problem.REDIS_AWAY, first_line(error))
    return CheckResult()


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def newest_migrations() -> frozenset[str]:
    """Where the code wants the database to be."""
    return _heads(str(current_app.extensions["migrate"].directory))


_ASKED_OF_DATABASE = [part for part in Component if part != Component.REDIS]


def _database() -> CheckResult:
    try:
        connection = db.session.connection()
        set_statement_timeout(connection, PATIENCE)
        connection.execute(text("SELECT 1"))
        # A web process has no heartbeat: it learns here that one of the two clocks was set since it last connected.
        database_clock.current().measure(connection)
    except SQLAlchemyError as error:
        return _failed(error)
    return CheckResult(detail=str(db.engine.dialect.name))


def _migrations() -> CheckResult:
    try:
        connection = db.session.connection()
        table = inspect(connection).has_table("alembic_version")
        here = set(connection.scalars(text("SELECT version_num FROM alembic_version"))) if table else set()
    except SQLAlchemyError as error:
        return _failed(error)
    return CheckResult(None if here == newest_migrations() else Problem.NOT_MIGRATED, ", ".join(sorted(here)))


def _failed(error: SQLAlchemyError) -> CheckResult:
    db.session.rollback()
    return CheckResult(Problem.DATABASE_FAILS, first_line(error.__cause__ or error))


def _said(problem: Problem, state: EngineStatus) -> str:
    if problem == Problem.CLOCK_OFF:
        return f"{state.clock_offset:+.0f}"
    return (state.last_error or "") if problem == Problem.HELD_BACK else ""


@cache
def _heads(directory: str) -> frozenset[str]:
    return frozenset(ScriptDirectory(directory).get_heads())
