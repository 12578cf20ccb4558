"""Line 5: after SIGTERM, every process is gone within eight seconds, whatever hangs, no claim left."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from coverage_app.models import Heartbeat
from coverage_app.models import Reminder as Row
from tests.faults.conftest import ManyDue, Settled, Stored, message_id
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.process_pool import Process
from tests.servers.proxy import Proxy
from tests.servers.smtp import Sink

pytestmark = BOTH_DATABASES


def leave(processes: list[Process], number: signal.Signals = signal.SIGTERM) -> None:
    """Tell them all at once, as a platform does; it would kill them after ten seconds."""
    began = time.monotonic()
    for process in processes:
        process.send_signal(number)
    assert [process.wait(10) for process in processes] == [0] * len(processes)
    assert time.monotonic() - began < 8


def both_beat(stored: Stored) -> None:
    wait_until(lambda: set(stored(select(Heartbeat.kind))) == {"worker", "scheduler"})


def test_5_sigterm_mid_batch_marks_what_was_sent_and_releases_the_rest(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled
) -> None:
    async def slowly(_content: bytes) -> None:
        await asyncio.sleep(0.3)

    smtp.replies["KEPT"] = slowly
    many_due(40)
    crew = [start("worker", WORKER_CONCURRENCY="4"), start("worker", WORKER_CONCURRENCY="4"), start("scheduler")]
    smtp.wait_for(12)
    leave(crew)
    smtp.replies.clear()
    rows = stored(select(Row))
    assert Counter(mail.message_id for mail in smtp.messages) == Counter(
        message_id(row.id) for row in rows if row.status == "sent"
    )
    assert {(row.status, row.attempts, row.claims, row.claim_token) for row in rows if row.status != "sent"} == {
        ("pending", 0, 0, None)
    }
    start("worker")
    settled()


@ON_SQLITE
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_5_sigterm_while_redis_hangs_exits_in_time(
    start: Start, stored: Stored, start_proxy: Callable[..., Proxy], environ: dict[str, str], number: signal.Signals
) -> None:
    proxy = start_proxy(urlsplit(environ["REDIS_URL"]).port)
    crew = [start(kind, REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0") for kind in ("worker", "scheduler")]
    both_beat(stored)
    proxy.hang()
    leave(crew, number)


@ON_POSTGRESQL
def test_5_sigterm_while_postgresql_hangs_exits_in_time(
    environ: dict[str, str],
    start: Start,
    many_due: ManyDue,
    smtp: Sink,
    stored: Stored,
    start_proxy: Callable[..., Proxy],
    settled: Settled,
) -> None:
    """The message that is accepted meanwhile cannot be marked: it comes twice, and the rest once."""
    url = urlsplit(environ["DATABASE_URL"])
    proxy = start_proxy(url.port)
    through = {"DATABASE_URL": url._replace(netloc=url.netloc.replace(f":{url.port}", f":{proxy.port}")).geturl()}

    async def hang_then_accept(_content: bytes) -> None:
        proxy.hang()

    smtp.replies["KEPT"] = hang_then_accept
    many_due(5)
    crew = [start("scheduler", **through), start("worker", WORKER_CONCURRENCY="1", **through)]
    [accepted] = smtp.wait_for(1)
    leave(crew)
    assert smtp.messages == [accepted]  # nothing more is sent that cannot be recorded
    smtp.replies.clear()
    start("worker")
    settled(twice=[accepted.message_id])


@ON_SQLITE
@pytest.mark.parametrize("step", ["CONNECT", "RCPT", "DOT"])
def test_5_sigterm_while_the_mail_server_hangs_exits_in_time(
    start: Start, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, step: str
) -> None:
    async def never(_given: Any) -> str:
        await asyncio.sleep(60)
        return "250 OK"

    smtp.replies[step] = never
    many_due(3)
    worker = start("worker", WORKER_CONCURRENCY="1")
    wait_until(lambda: step in smtp.said)
    leave([worker])
    # The message whose dot is out may have been accepted: its claim runs out instead.
    held = ["sending"] if step == "DOT" else ["pending"]
    assert sorted(stored(select(Row.status))) == ["pending"] * 2 + held
    assert set(stored(select(Row.attempts))) == {0}
    smtp.replies.clear()
    start("worker")
    settled()
