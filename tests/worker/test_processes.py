"""Real worker and scheduler processes: on time by the alarm, certain by the sweep, gone after SIGTERM."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Heartbeat
from coverage_app.models import Reminder as Row
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.engine import Start, wait_until
from tests.servers.redis import Redis
from tests.servers.smtp import Sink

pytestmark = BOTH_DATABASES

QUARTER = timedelta(minutes=15)
# Only the alarm can be punctual when the sweep comes this seldom.
SELDOM = {"TEST_SWEEP": "600"}


def beating(stored: Any, *kinds: str) -> Callable[[], bool]:
    return lambda: sorted(stored(select(Heartbeat.kind))) == sorted(kinds)


def sent_ids(smtp: Sink) -> list[str]:
    return sorted(mail.message_id for mail in smtp.messages)


def row_ids(stored: Any) -> list[str]:
    return sorted(f"<{row_id}@example.com>" for row_id in stored(select(Row.id)))


def test_mails_arrive_at_their_second(start: Start, call: Any, smtp: Sink, stored: Any) -> None:
    start("worker", **SELDOM)
    start("scheduler")
    wait_until(beating(stored, "worker", "scheduler"))
    for seconds in (4, 5, 6):
        call(QUARTER + timedelta(seconds=seconds))
    accepted = {mail.message_id: mail.at for mail in smtp.wait_for(3, timeout=30)}
    late = sorted(accepted[f"<{row.id}@example.com>"] - row.scheduled_send_at for row in stored(select(Row)))
    assert late[0] >= timedelta(0)
    # The median: a machine that is busy with something else for a moment is not the engine's doing.
    assert late[1] < timedelta(seconds=1)
    wait_until(lambda: stored(select(Row.status)) == ["sent"] * 3)


def test_what_became_due_while_everything_was_stopped_goes_out_once(
    start: Start, call: Any, smtp: Sink, stored: Any, environ: dict[str, str], start_redis: Callable[[], Redis]
) -> None:
    redis = start_redis()
    redis.stop()
    call(QUARTER + timedelta(seconds=2))
    wait_until(lambda: utcnow() > stored(select(Row.scheduled_send_at))[0])
    redis.start()
    start("worker", REDIS_URL=redis.url)
    start("scheduler", REDIS_URL=redis.url)
    smtp.wait_for(1, timeout=60)
    wait_until(lambda: stored(select(Row.status)) == ["sent"])
    assert sent_ids(smtp) == row_ids(stored)
