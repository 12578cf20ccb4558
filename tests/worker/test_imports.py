"""Imports in real worker processes: taken up by another when one is killed, and in nobody's way."""

import signal
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from coverage_app.models import AuditEntry, Call, Contact, FollowUp, Import, ImportChunk
from coverage_app.models import Reminder as Row
from coverage_app.services import imports
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.engine import Start
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.smtp import Sink

pytestmark = BOTH_DATABASES

LINES, CHUNK = 600, 500
QUARTER = timedelta(minutes=15)


def test_import_is_resumed_by_another_worker_while_reminders_leave(
    start: Start, take_in: TakeIn, call: Any, people: People, contact: Contact, smtp: Sink, stored: Any
) -> None:
    import_id = take_in(csv_of(*["María Pérez;2099-12-03 10:00;;Bea Soto"] * LINES))

    def stands(state: str) -> bool:
        return stored(select(Import.state)) == [state]

    assert start("worker", "dies_when_it_has_checked_some_lines").wait() == -signal.SIGKILL
    assert stored(select(Import.checked)) == [CHUNK] and stands("checking")
    second = start("worker")
    wait_until(lambda: stands("checked"), timeout=30)
    assert stored(select(ImportChunk.number).order_by(ImportChunk.number)) == [0, 1]
    assert [(one.checked, one.refused) for one in stored(select(Import))] == [(LINES, 0)]
    second.kill()
    second.wait()

    imports.accept(import_id, by=people.responsible)
    asked_to_stop = start("worker")
    wait_until(lambda: stored(select(Import.claim_token)) != [None])
    asked_to_stop.send_signal(signal.SIGTERM)
    assert asked_to_stop.wait() == 0
    assert stands("writing") and stored(select(Import.claim_token)) == [None]  # given back: nobody waits for the lease

    assert start("worker", "dies_when_it_has_written_some_lines").wait() == -signal.SIGKILL
    assert stands("writing") and counted(stored) == [0, 0, 0, 0]
    due: UUID = call(QUARTER + timedelta(seconds=1))
    crowd = [start("worker") for _ in range(2)]
    wait_until(lambda: stands("written"), timeout=60)
    assert counted(stored) == [LINES + 1, LINES + 1, 3 * LINES + 1, LINES + 1]
    wait_until(lambda: sum(worker.log.count("import.written") for worker in crowd) == 1)
    smtp.wait_for(1)
    (row_id,) = stored(select(Row.id).where(Row.entity_id == due))
    assert [mail.message_id for mail in smtp.messages] == [f"<{row_id}@example.com>"]


def counted(stored: Any) -> list[int]:
    """How many calls, follow-ups, reminders and lines of history there are."""
    models = (Call, FollowUp, Row, AuditEntry)
    return [stored(select(func.count()).select_from(model))[0] for model in models]
