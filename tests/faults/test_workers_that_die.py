"""Lines 1 to 4: a worker that is killed, or stands still, with reminders in its hands."""

import asyncio
import signal
from datetime import timedelta
from threading import Event
from typing import Any

from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.smtp import Sink

pytestmark = BOTH_DATABASES

ONE_LINE = {"WORKER_CONCURRENCY": "1", "TEST_LEASE": "2"}


async def until(gate: Event) -> None:
    """Wait within the mail server, which goes on serving its other clients."""
    while not gate.is_set():
        await asyncio.sleep(0.02)


def test_1_killed_after_the_claim_is_sent_once_when_the_lease_expires(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled
) -> None:
    many_due(3)
    victim = start("worker", "dies_when_it_has_claimed", **ONE_LINE)
    assert victim.wait() == -signal.SIGKILL
    claimed = stored(select(Row.claimed_at).where(Row.status == "sending"))
    assert len(claimed) == 2 and smtp.messages == []
    start("worker", **ONE_LINE)
    settled()
    # Of the three one was free and left at once; the times are stored in whole seconds.
    second = sorted(smtp.messages, key=lambda mail: mail.at)[1]
    assert second.at - claimed[0] >= timedelta(seconds=2)


def test_2_killed_between_250_and_commit_sends_that_one_twice(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled
) -> None:
    many_due(5)
    victim = start("worker", "dies_when_a_mail_was_accepted", **ONE_LINE)
    assert victim.wait() == -signal.SIGKILL
    [accepted] = smtp.messages
    start("worker", **ONE_LINE)
    settled(twice=[accepted.message_id])


def test_3_killed_mid_message_is_recovered_by_another_workers_sweep(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled
) -> None:
    gate = Event()

    async def hold_the_third(_content: bytes) -> None:
        if len(smtp.messages) == 3:
            await until(gate)

    smtp.replies["KEPT"] = hold_the_third
    many_due(6)
    # Nobody rings: there is no scheduler, and neither worker has a Redis.
    alone = ONE_LINE | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    victim = start("worker", **alone)
    third = smtp.wait_for(3)[2]
    start("worker", **alone)
    victim.kill()
    settled(twice=[third.message_id])
    gate.set()


def test_4_paused_past_its_lease_sends_no_more_and_its_mark_is_void(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled
) -> None:
    at_rcpt, at_dot, gate = Event(), Event(), Event()

    async def hold_the_first_recipient(_given: Any) -> None:
        if not at_rcpt.is_set():
            at_rcpt.set()
            await until(gate)

    async def refuse_the_first_message_late(_given: Any) -> str | None:
        if at_dot.is_set():
            return None
        at_dot.set()
        await until(gate)
        return "451 4.3.0 Too late"

    smtp.replies |= {"RCPT": hold_the_first_recipient, "DOT": refuse_the_first_message_late}
    many_due(4)
    paused = start("worker", **ONE_LINE | {"WORKER_CONCURRENCY": "2"})
    assert at_rcpt.wait(10) and at_dot.wait(10)
    paused.send_signal(signal.SIGSTOP)
    began = utcnow()
    start("worker", **ONE_LINE)
    smtp.wait_for(4)
    assert smtp.messages[0].at - began > timedelta(seconds=1)
    gate.set()
    paused.send_signal(signal.SIGCONT)
    wait_until(lambda: paused.log.count("reminder.claim_lost") == 4)
    settled()
    assert stored(select(Row.attempts)) == [0] * 4
