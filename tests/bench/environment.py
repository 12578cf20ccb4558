"""What the figures are measured on: PostgreSQL and Redis of our own, a database with tables, real processes."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from coverage_app import create_app
from coverage_app.extensions import db
from coverage_app.settings import load
from tests.environment import production
from tests.fixtures.databases import migrate
from tests.servers import wait_until
from tests.servers.postgres import Databases, Postgres, binaries
from tests.servers.redis import Redis

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stage:
    """Servers that stand for the whole run. ``scale`` shrinks the numbers: 1 is what the README shows."""

    scale: float
    postgres: Databases
    redis: Redis
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="coverage-bench-")))

    def number(self, full: int, least: int = 1) -> int:
        return max(least, round(full * self.scale))

    def environ(self, database_url: str, smtp_port: int = 1, **changes: str) -> dict[str, str]:
        """A production environment with the times of an office, unlike the tests'."""
        return {"PATH": "/usr/bin:/bin"} | production(database_url, self.redis.port, smtp_port) | changes

    def database(self) -> str:
        """The URL of a new database with tables and no rows."""
        return self.postgres.fresh(like=self._migrated)

    @cached_property
    def _migrated(self) -> str:
        url = self.postgres.fresh()
        migrate(url)
        return url

    @contextmanager
    def process(self, environ: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A real process, its log in the run's folder; killed at the end."""
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", *command], env=environ, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def engine(self, environ: dict[str, str], app: Flask, workers: int = 1, schedulers: int = 0) -> Iterator[list[int]]:
        """Workers and schedulers that have their first heartbeat behind them; gives their process ids."""
        kinds = ["coverage_app.worker"] * workers + ["coverage_app.scheduler"] * schedulers
        with ExitStack() as running:
            execute(app, "DELETE FROM heartbeats")
            started = [running.enter_context(self.process(environ, kind)) for kind in kinds]
            wait_until(lambda: count(app, "heartbeats") == len(kinds), 30, "heartbeats")
            yield [process.pid for process in started]


@contextmanager
def application(environ: dict[str, str]) -> Iterator[Flask]:
    """The application over these settings, for what a measurement prepares and looks up."""
    app = create_app(load(environ))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def execute(app: Flask, statement: str, **given: object) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(statement), given)


def count(app: Flask, table: str, where: str = "true") -> int:
    with app.app_context(), db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())


def vacuum(app: Flask) -> None:
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def raised(scale: float) -> Iterator[Stage]:
    """The servers started, and at the end stopped and their folders gone."""
    programs = binaries()
    assert programs is not None, "PostgreSQL's binaries are needed: Debian's package postgresql has them"
    # As an office would run it: what is committed is on the disk.
    postgres, redis = Postgres(programs, quick=False), Redis()
    try:
        postgres.start()
        redis.start()
        yield Stage(scale, postgres, redis)
    finally:
        postgres.remove()
        redis.remove()
