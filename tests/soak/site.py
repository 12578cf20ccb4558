"""What is soaked: PostgreSQL, Redis and a mail server of our own, two workers, two schedulers and a web process."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from werkzeug.security import generate_password_hash

from coverage_app import create_app
from coverage_app.enums import Role
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services import tokens
from coverage_app.settings import load
from tests.environment import variables
from tests.fixtures.databases import migrate
from tests.fixtures.people import PASSWORD
from tests.servers import free_port, wait_until
from tests.servers.postgres import Postgres, binaries
from tests.servers.process_pool import Process, ProcessPool
from tests.servers.proxy import Proxy
from tests.servers.redis import Redis
from tests.servers.smtp import Sink

CREW = {
    "worker-1": "worker",
    "worker-2": "worker",
    "scheduler-1": "scheduler",
    "scheduler-2": "scheduler",
    "web": "web",
}
LEASE = 8.0  # seconds; longer than a database is away here, as the usual two minutes are than half a minute
PATIENCE = {
    "TEST_LEASE": f"{LEASE:g}",
    "TEST_SWEEP": "2",
    "TEST_HEARTBEAT": "1",
    "TEST_CIRCUIT_BACKOFF": "1,1,2",
    "TEST_ROW_BACKOFF": "1,1,2",
    "SMTP_TIMEOUT": "3",
    "WORKER_CONCURRENCY": "4",
}
PEOPLE = 7
# What was ever planned, also when it is deleted later.
WATCH = """
CREATE TABLE planned (id uuid, record uuid, due double precision, cover uuid);
CREATE FUNCTION note_planned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO planned VALUES (NEW.id, NEW.entity_id, extract(epoch FROM NEW.event_due_date), NEW.coverage_user_id);
    RETURN NULL;
END $$;
CREATE TRIGGER note_planned AFTER INSERT ON notification_schedules FOR EACH ROW EXECUTE FUNCTION note_planned();
"""


@dataclass(frozen=True)
class Person:
    id: UUID
    email: str
    token: str


@dataclass
class Site:
    """``database_url`` leads straight to PostgreSQL, past the proxy that the processes use."""

    postgres: Postgres
    redis: Redis
    smtp: Sink
    to_postgres: Proxy
    to_redis: Proxy
    pool: ProcessPool
    database_url: str
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="coverage-soak-")))
    port: int = field(default_factory=free_port)
    processes: dict[str, Process] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    contact: UUID = field(default_factory=uuid4)

    def environ(self) -> dict[str, str]:
        through = self.database_url.replace(f":{self.postgres.port}/", f":{self.to_postgres.port}/")
        own = {"APP_URL": f"http://localhost:{self.port}", "PORT": str(self.port)}
        return variables(through, self.to_redis.port, self.smtp.port) | PATIENCE | own

    def start(self, name: str) -> None:
        """Start one of the crew; its log goes on where the last of that name left off."""
        points = ["gives_postgresql_two_seconds"]
        self.processes[name] = self.pool.start(CREW[name], self.environ(), self.folder / f"{name}.log", points)

    def command(self, name: str) -> str:
        """Run a command of ``flask`` to its end; what it printed last."""
        process = self.pool.start(name, self.environ(), self.folder / f"{name}.log")
        process.wait(120)
        return (process.log.strip().splitlines() or [""])[-1]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url.replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def is_settled(self) -> bool:
        """Whether every reminder has ended."""
        return not self.query("SELECT 1 FROM notification_schedules WHERE status IN ('pending', 'sending') LIMIT 1")


@contextmanager
def running() -> Iterator[Site]:
    """Everything started, with people who may sign in and have tokens; at the end all of it is stopped."""
    programs = binaries()
    assert programs is not None, "PostgreSQL's binaries are needed: Debian's package postgresql has them"
    with ExitStack() as until_the_end:
        postgres, redis, smtp, pool = Postgres(programs), Redis(), Sink(), ProcessPool()
        until_the_end.callback(pool.stop)
        until_the_end.callback(postgres.remove)
        until_the_end.callback(redis.remove)
        until_the_end.callback(smtp.stop)
        for server in (postgres, redis, smtp):
            server.start()
        to_postgres, to_redis = Proxy(postgres.port), Proxy(redis.port)
        for proxy in (to_postgres, to_redis):
            proxy.start()
            until_the_end.callback(proxy.stop)
        url = postgres.fresh()
        migrate(url)
        site = Site(postgres, redis, smtp, to_postgres, to_redis, pool, url)
        _populate(site)
        site.query(WATCH)
        for name in CREW:
            site.start(name)
        wait_until(lambda: site.query("SELECT count(*) FROM heartbeats") == [(4,)], 30, "heartbeats")
        yield site


def _populate(site: Site) -> None:
    app = create_app(load(variables(site.database_url, redis_port=1, smtp_port=1)))
    cheap = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
    with app.app_context():
        for number in range(PEOPLE):
            email = f"person-{number}@example.com"
            user = User(name=f"Person {number}", email=email, password_hash=cheap, role=Role.ADMIN, locale="es")
            user.timezone = "Europe/Madrid"
            db.session.add(user)
            db.session.commit()
            site.people.append(Person(user.id, email, tokens.make(user, "soak")[1]))
        contact = Contact(name="María Pérez", phone="+34 600 000 000")
        db.session.add(contact)
        db.session.commit()
        site.contact = contact.id
        db.session.remove()
        db.engine.dispose()
