"""Line 37: PostgreSQL refuses to mark a mail that was accepted, for one reason or another."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from sqlalchemy import select, update

from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.fixtures.databases import ON_POSTGRESQL
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.smtp import Sink

pytestmark = ON_POSTGRESQL
# SQLSTATEs: a prepared statement that does not exist, a fault within PostgreSQL, missing rights, a plan gone stale.
STATES = ("26000", "XX000", "42501", "0A000")
LEASE = 3


@contextmanager
def refused(database_url: str, reasons: dict[str, str]) -> Iterator[None]:
    """PostgreSQL refuses to mark a reminder sent where one of these conditions holds, with the SQLSTATE beside it."""
    states = " ".join(f"WHEN {condition} THEN '{state}'" for condition, state in reasons.items())
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(
            f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE
                state text := CASE {states} END;
            BEGIN
                IF state IS NOT NULL THEN RAISE EXCEPTION 'refused' USING ERRCODE = state; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON notification_schedules
                FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION refuse();
            """
        )
        try:
            yield
        finally:
            server.execute("DROP TRIGGER refuse ON notification_schedules; DROP FUNCTION refuse()")


def test_37_mark_that_cannot_be_written_is_tried_until_it_holds(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, stored: Stored, database_url: str
) -> None:
    many_due(15)
    rows = stored(select(Row.id).limit(len(STATES)))

    def are_renewed_past_their_lease() -> bool:
        claimed = stored(select(Row.claimed_at).where(Row.id.in_(rows)))
        return min(claimed) > accepted[-1].at + timedelta(seconds=LEASE)

    with refused(database_url, {f"NEW.id = '{row}'": state for row, state in zip(rows, STATES, strict=True)}):
        worker = start("worker", WORKER_CONCURRENCY="5", TEST_LEASE=str(LEASE))
        accepted = smtp.wait_for(15)
        wait_until(lambda: stored(select(Row.id).where(Row.status != "sent").order_by(Row.id)) == sorted(rows))
        wait_until(are_renewed_past_their_lease)
    settled()
    assert worker.log.count("outcomes.commit_failed") > len(STATES)


def test_37_mark_whose_words_are_refused_is_written_without_them(
    start: Start, many_due: ManyDue, settled: Settled, stored: Stored, database_url: str
) -> None:
    many_due(2)
    db.session.execute(update(Row).values(message_body="as planned"))
    db.session.commit()
    with refused(database_url, {"NEW.message_body <> 'as planned'": "22021"}):
        start("worker")
        settled()
    assert set(stored(select(Row.message_body))) == {"as planned"}
