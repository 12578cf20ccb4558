"""Lines 20 and 21: PostgreSQL is restarted at the worst moments, and is never kept waiting for a mail server."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from coverage_app import postgresql
from coverage_app.database import notice_silence
from tests.faults.conftest import ManyDue, Settled
from tests.fixtures.databases import ON_POSTGRESQL, migrate
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.postgres import Databases, Postgres
from tests.servers.proxy import Proxy
from tests.servers.smtp import Sink

HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
OPEN_FOR_LONG = (
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < now() - interval '0.3 s'"
)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""))


class TestRestarted:
    """With a server of its own."""

    @pytest.fixture
    def database_url(self, own_postgres: Postgres) -> str:
        url = own_postgres.fresh()
        migrate(url)
        return url

    def test_20_restart_during_claim_mark_or_idle_loses_and_doubles_nothing(
        self, start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, own_postgres: Postgres, database_url: str
    ) -> None:
        accepted, gate = Event(), Event()

        async def hold_the_first(_content: bytes) -> None:
            if len(smtp.messages) == 1:
                accepted.set()
                while not gate.is_set():
                    await asyncio.sleep(0.02)

        def cut_off_while_it_waits_in(statement: str, then: Callable[[], None] = lambda: None) -> None:
            with connect(database_url) as locked, connect(database_url) as looking:
                locked.execute("LOCK TABLE notification_schedules IN ACCESS EXCLUSIVE MODE")
                then()
                looking.autocommit = True
                wait_until(lambda: looking.execute(HELD_UP, [f"%{statement}%"]).fetchone() > (0,))
                own_postgres.stop()
                own_postgres.start()

        smtp.replies["KEPT"] = hold_the_first
        worker = start("worker", WORKER_CONCURRENCY="1")
        with pytest.raises(psycopg.OperationalError):
            cut_off_while_it_waits_in("WITH picked")
        many_due(5)
        assert accepted.wait(10)
        with pytest.raises(psycopg.OperationalError):
            cut_off_while_it_waits_in("unnest", then=gate.set)
        settled()
        own_postgres.stop()
        own_postgres.start()
        many_due(2)
        settled()
        assert worker.poll() is None


@ON_POSTGRESQL
def test_21_waiting_for_smtp_holds_no_transaction_and_no_row_lock(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, database_url: str, postgres: Databases
) -> None:
    gates: dict[str, tuple[Event, Event]] = {step: (Event(), Event()) for step in ("CONNECT", "RCPT", "KEPT")}

    def hold_at(step: str) -> Any:
        here, gate = gates[step]

        async def hold(_given: Any) -> None:
            here.set()
            while not gate.is_set():
                await asyncio.sleep(0.02)

        return hold

    smtp.replies |= {step: hold_at(step) for step in gates}
    many_due(3)
    start("worker", WORKER_CONCURRENCY="1", SMTP_TIMEOUT="30")
    with connect(database_url) as looking:
        looking.autocommit = True
        for here, gate in gates.values():
            assert here.wait(10)
            # A sweep or a heartbeat has its transaction at this very moment, at most; the next has another.
            wait_until(lambda: looking.execute(OPEN_FOR_LONG).fetchall() == [], 2)
            looking.execute("SET lock_timeout = '500ms'")
            assert len(looking.execute("SELECT id FROM notification_schedules FOR UPDATE").fetchall()) == 3
            gate.set()
    settled()


@ON_POSTGRESQL
@pytest.mark.parametrize("trouble", ["abandon", "swallow", "reset"])
def test_20_broken_or_silent_connection_is_closed_and_replaced(
    start: Start,
    many_due: ManyDue,
    smtp: Sink,
    settled: Settled,
    environ: dict[str, str],
    start_proxy: Callable[[int], Proxy],
    trouble: str,
) -> None:
    """As behind a frozen server or a proxy that forgot it, where to TCP all is well; a statement whose answer is
    swallowed may have been committed all the same."""
    url = urlsplit(environ["DATABASE_URL"])
    assert url.port is not None
    proxy = start_proxy(url.port)

    async def trouble_after_the_first(_content: bytes) -> None:
        if len(smtp.messages) == 1:
            await asyncio.to_thread(getattr(proxy, trouble))

    smtp.replies["KEPT"] = trouble_after_the_first
    many_due(5)
    through = url._replace(netloc=url.netloc.replace(f":{url.port}", f":{proxy.port}")).geturl()
    # A claim outlasts the trouble, as one of two minutes does: or its mail would rightly come twice.
    patient = {"WORKER_CONCURRENCY": "1", "TEST_LEASE": "15"}
    worker = start("worker", "gives_postgresql_two_seconds", DATABASE_URL=through, **patient)
    if trouble != "reset":
        wait_until(lambda: "PostgreSQL has not answered for 2 s" in worker.log)
        proxy.flow()
    settled()
    assert worker.poll() is None


@ON_POSTGRESQL
def test_20_what_an_abandoned_transaction_had_locked_is_free_again(
    many_due: ManyDue, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", 0.3)
    many_due(1)
    lock = "SELECT id FROM notification_schedules FOR UPDATE"
    engine = create_engine(database_url, poolclass=NullPool)
    notice_silence(engine)
    with engine.connect() as abandoned, connect(database_url) as other:
        assert len(abandoned.exec_driver_sql(lock).all()) == 1
        assert other.execute(f"{lock} SKIP LOCKED").fetchall() == []
        other.execute("SET LOCAL lock_timeout = '20s'")
        assert len(other.execute(lock).fetchall()) == 1
        with pytest.raises(DBAPIError, match="idle-in-transaction"):
            abandoned.exec_driver_sql("SELECT 1")
