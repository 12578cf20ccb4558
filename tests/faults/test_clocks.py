"""Line 35: the clocks of the machines and of the database are apart. One clock counts, the database's."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from coverage_app import alarms, clock, database_clock
from coverage_app.clock import to_local, utcnow
from coverage_app.models import Contact, Heartbeat
from coverage_app.models import Reminder as Row
from coverage_app.services import tokens
from coverage_app.services.health import Problem, checks, engine_status
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.faults.failpoints import clock_ahead
from tests.fixtures.databases import ON_POSTGRESQL
from tests.fixtures.engine import Start
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.process_pool import Process
from tests.servers.smtp import Sink
from tests.web.conftest import SignIn
from tests.web.page_reader import send

pytestmark = ON_POSTGRESQL
SLOW = {"TEST_LEASE": "4", "WORKER_CONCURRENCY": "2"}
KINDS = ("worker", "scheduler")
WRONG = timedelta(minutes=3)
Offsets = Callable[[], dict[str, float]]


@pytest.fixture
def offsets(stored: Stored) -> Offsets:
    """The seconds by which each process says that its clock is off, rounded, by its kind and process id."""

    def read() -> dict[str, float]:
        beats = stored(select(Heartbeat))
        return {f"{beat.kind} {beat.process_id.rpartition('-')[2]}": round(beat.clock_offset) for beat in beats}

    return read


@pytest.fixture
def wrong_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the web process is ahead of the database's by ``WRONG``."""
    monkeypatch.setattr(clock, "datetime", clock.datetime)  # so that it is put back
    clock_ahead(WRONG.total_seconds())


@pytest.fixture
def slow_server(smtp: Sink) -> None:
    """A mail server that takes its time over each mail, so that claims are held, renewed and looked at by others."""

    async def slowly(_content: bytes) -> None:
        await asyncio.sleep(0.3)

    smtp.replies["DOT"] = slowly


def stolen(*processes: Process) -> list[str]:
    """What these processes shown of claims that one took from another."""
    lines = "".join(process.log for process in processes).splitlines()
    return [line for line in lines if "reminder.claim_lost" in line or "reminder.claim_expired" in line]


@pytest.mark.parametrize(("one", "other"), [(-10, 10), (0, -20)])
def test_35_workers_twenty_seconds_apart_steal_no_claim_and_send_once(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, slow_server: None, one: int, other: int
) -> None:
    workers = [start("worker", f"clock_ahead={seconds}", **SLOW) for seconds in (one, other)]
    many_due(20)
    smtp.wait_for(20, timeout=30)
    settled()
    assert stolen(*workers) == []
    assert all("reminder.sent" in worker.log for worker in workers)


@pytest.mark.parametrize("wrong", [-180, 40])
def test_35_a_worker_far_off_sends_nothing_and_says_so_and_another_sends(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, slow_server: None, offsets: Offsets, wrong: int
) -> None:
    astray = start("worker", f"clock_ahead={wrong}", **SLOW)
    wait_until(lambda: list(offsets().values()) == [wrong])
    many_due(10)
    assert "reminder.claimed" not in astray.log and smtp.messages == []
    right = start("worker", **SLOW)
    settled()
    assert offsets() == {f"worker {astray.pid}": wrong, f"worker {right.pid}": 0}
    assert stolen(astray, right) == [] and "reminder.claimed" not in astray.log
    assert '"event": "clock.off"' in astray.log and "clock.off" not in right.log
    state = engine_status(utcnow())
    assert state.clock_stops_mail and Problem.CLOCK_OFF in state.problems and state.last_error is None


def test_35_an_alarm_that_reaches_a_worker_far_off_is_left_to_another(
    start: Start, many_due: ManyDue, settled: Settled, offsets: Offsets, app: Any
) -> None:
    start("worker", "clock_ahead=40", TEST_SWEEP="600")
    wait_until(lambda: list(offsets().values()) == [40])
    many_due(2)
    alarms.current().enqueue_now(utcnow())
    start("worker", TEST_SWEEP="600", TEST_HEARTBEAT="600")
    settled()


@pytest.mark.parametrize("seconds", [5, -5])
def test_35_processes_a_little_off_are_punctual_and_say_so(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled, offsets: Offsets, stored: Stored, seconds: int
) -> None:
    crew = [start(kind, f"clock_ahead={seconds}", TEST_SWEEP="600") for kind in KINDS]
    wait_until(lambda: offsets() == {f"{kind} {one.pid}": seconds for kind, one in zip(KINDS, crew, strict=True)})
    many_due(3, timedelta(seconds=4))
    alarms.current().set_for(stored(select(Row.scheduled_send_at)), utcnow())
    settled()
    late = [mail.at - stored(select(Row.scheduled_send_at))[0] for mail in smtp.messages]
    assert timedelta() <= min(late) and max(late) < timedelta(seconds=3)
    assert all(f'"seconds": {float(seconds)}' in one.log for one in crew)


@pytest.mark.parametrize("door", ["page", "api"])
def test_35_reminders_are_planned_by_the_database_s_clock(
    door: str, app: Any, people: People, contact: Contact, sign_in: SignIn, stored: Stored, wrong_clock: None
) -> None:
    due = utcnow() - WRONG + timedelta(minutes=17)
    given = {"entity_id": str(contact.id), "coverage_user_id": str(people.cover.id)}
    if door == "page":
        local = to_local(due, people.responsible.timezone).strftime("%Y-%m-%dT%H:%M")
        send(sign_in(people.responsible), "/calls/new", **given, proxima_llamada_fecha=local)
    else:
        secret = tokens.make(people.responsible, "CRM")[1]
        body = given | {"proxima_llamada_fecha": due.replace(microsecond=0).isoformat()}
        app.test_client().post("/api/crm/calls", json=body, headers={"Authorization": f"Bearer {secret}"})
    assert stored(select(Row.notification_type)) == ["15min_before"]


def test_35_a_database_clock_that_was_set_is_noticed_when_health_is_asked(app: Any) -> None:
    shown = database_clock.current()
    shown.now()
    shown._sample = replace(shown._sample, time=shown._sample.time - timedelta(seconds=90))
    assert round(shown.offset or 0) == 90
    assert checks.examine(shown.now()).parts[checks.Component.CLOCKS].problem is None


def test_35_the_command_refuses_where_the_clock_is_far_off(start: Start, many_due: ManyDue, smtp: Sink) -> None:
    many_due(1)
    command = start("deliver-due", "clock_ahead=-40")
    assert command.wait() == 1 and smtp.messages == []
    assert "clock is -40 s off the database's" in command.log
