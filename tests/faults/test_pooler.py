"""Line 37: a pooler in transaction mode stands before PostgreSQL."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from coverage_app.extensions import db
from coverage_app.models import Call, Contact, Import, User
from coverage_app.models import Reminder as Row
from coverage_app.services import imports
from tests.faults.conftest import ManyDue, Stored
from tests.fixtures.databases import ON_POSTGRESQL, migrate
from tests.fixtures.engine import Start
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import Databases
from tests.servers.process_pool import Process
from tests.servers.smtp import Sink

CROWD, LINES = 2000, 300
PAGES = ("/", "/calls", "/calendar", "/deliveries", "/history")
LOUD = ("warning", "error", "critical")


def loud(process: Process) -> list[str]:
    """The lines of its log that somebody should look at."""
    return [line for line in process.log.splitlines() if json.loads(line)["level"] in LOUD]


class TestThroughAPooler:
    @pytest.fixture
    def database_url(self, postgres: Databases, pooler: PgBouncer) -> str:
        url = pooler.url(postgres.fresh())
        migrate(url)
        return url

    def test_37_two_thousand_pages_and_an_import_leave_no_fault_in_any_log(
        self,
        start: Start,
        many_due: ManyDue,
        smtp: Sink,
        stored: Stored,
        take_in: TakeIn,
        people: People,
        contact: Contact,
        sign_in: Callable[[User], FlaskClient],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        browser = sign_in(people.admin)
        import_id = take_in(csv_of(*[f"{contact.name};2099-12-03 10:00;;Bea Soto"] * LINES))
        crew = [start(kind, TEST_LEASE="60") for kind in ("worker", "worker", "scheduler")]
        due = many_due(CROWD, [timedelta(seconds=ahead) for ahead in (-1, 1, 2)])
        while len(smtp.messages) < CROWD or stored(select(Import.state)) != ["written"]:
            assert {browser.get(page).status_code for page in PAGES} == {200}
            if stored(select(Import.state)) == ["checked"]:
                imports.accept(import_id, by=people.responsible)
        wait_until(lambda: len(stored(select(Row.id).where(Row.status == "sent"))) == CROWD)
        assert Counter(mail.message_id for mail in smtp.messages) == Counter(due)
        assert len(stored(select(Call.id))) == CROWD + LINES
        assert [loud(process) for process in crew] == [[], [], []]
        assert [record.msg for record in caplog.records if record.levelno >= logging.WARNING] == []

    def test_37_doctor_says_that_a_pooler_is_between(self, start: Start) -> None:
        doctor = start("doctor")
        doctor.wait()
        assert "ok    database: postgresql, through a connection pooler\n" in doctor.log

    def test_37_transaction_left_open_is_ended_through_a_pooler_too(self, app: object) -> None:
        shown = db.session.scalar(text("SHOW idle_in_transaction_session_timeout"))
        assert shown == "1min"

    def test_37_nothing_is_prepared_through_a_pooler(self, app: object) -> None:
        assert prepared() == 0


@ON_POSTGRESQL
def test_37_without_a_pooler_what_comes_again_is_prepared(app: object) -> None:
    assert prepared() > 0


def prepared() -> int:
    """Return how many statements PostgreSQL keeps for this transaction's connection after some that came ten times."""
    for number in range(10):
        db.session.execute(text("SELECT :number + 1"), {"number": number})
    return db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) or 0
