"""What it costs when nothing is due: Redis per alarm and after a week of them, memory and processor of each process."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from redis import Redis
from rq_scheduler import Scheduler

from coverage_app import alarms, jobs
from coverage_app.alarms.listener import AlarmListener
from coverage_app.alarms.scheduler import PromptScheduler
from coverage_app.clock import utcnow
from coverage_app.settings import Settings
from tests.bench.burst import ready
from tests.bench.environment import Stage
from tests.bench.figures import Figure
from tests.servers import free_port

MEGABYTE = 1024 * 1024
SETTLE = 25  # seconds until a process that has just started is at rest: past its first sweep


def redis(stage: Stage) -> Iterator[Figure]:
    number = stage.number(1_000)
    with ready(stage) as (app, _, _), app.app_context():
        server: Redis = alarms.current().redis
        now = utcnow().replace(microsecond=0)
        seconds = [now + timedelta(hours=1, seconds=n) for n in range(number)]
        ours = _grown(server, lambda: alarms.current().set_for(seconds, now, limit=number)) / number
        usual = _grown(server, lambda: _one_job_each(server, seconds)) / number
        server.flushall()
        week = _a_week(app, app.extensions["settings"], server, stage.number(300)) / MEGABYTE
    baseline = f"a job per reminder {usual:.0f} B"
    yield Figure("Redis for a second", f"{ours:.0f} B", baseline, ours / usual, "≤ 1024 B", ours <= 1024)
    yield Figure("Redis after a week", f"{week:+.2f} MB", "before it", week, "within 1 MB", abs(week) <= 1)


def _grown(server: Redis, act: object) -> int:
    before = server.info("memory")["used_memory"]
    act()  # type: ignore[operator]
    return server.info("memory")["used_memory"] - before


def _one_job_each(server: Redis, seconds: list[datetime]) -> None:
    scheduler = Scheduler("usual", connection=server)
    for n, at in enumerate(seconds):
        scheduler.enqueue_at(
            at.replace(tzinfo=None), "coverage_app.jobs.deliver_due", f"00000000-0000-0000-0000-{n:012}"
        )


def _a_week(app: object, settings: Settings, server: Redis, each_day: int) -> int:
    """Seven days of alarms, each set as a save does, brought forward, rung and worked; what Redis keeps of them."""
    scheduler = PromptScheduler(server, utcnow)
    listener = AlarmListener(alarms.connect(settings, 3.0), jobs.deliver_due)

    def day() -> None:
        now = utcnow().replace(microsecond=0)
        for n in range(each_day):
            alarms.current().set_for([now + timedelta(hours=1, seconds=n)], now)
            [name] = server.zrange(scheduler.scheduled_jobs_key, 0, 0)
            server.zadd(scheduler.scheduled_jobs_key, {name: now.timestamp()})
            scheduler.ring_due()
        listener.work(burst=True, logging_level="WARNING")

    day()  # the first makes what is there for good
    return _grown(server, lambda: [day() for _ in range(7)])


def processes(stage: Stage) -> Iterator[Figure]:
    seconds = stage.number(60, 3)
    with ready(stage) as (app, environ, _), ExitStack() as running:
        web = environ | {"PORT": str(free_port())}
        server = running.enter_context(stage.process(web, "coverage_app.web.server", "127.0.0.1"))
        engine = running.enter_context(stage.engine(environ, app, workers=1, schedulers=1))
        time.sleep(stage.number(SETTLE, 2))
        pids = [*_with_children(server.pid), *engine]
        before = sum(map(_ticks, pids))
        time.sleep(seconds)
        share = (sum(map(_ticks, pids)) - before) / os.sysconf("SC_CLK_TCK") / seconds
        memory = [_pss(pid) / MEGABYTE for pid in pids]
    whole = sum(memory)
    parts = " + ".join(f"{one:.0f}" for one in memory)
    yield Figure("memory at rest (PSS)", f"{whole:.0f} MB", f"{parts} MB", whole / 300, "≤ 300 MB", whole <= 300)
    yield Figure("processor at rest", f"{share:.2%} of a core", "a core", share, "≤ 1 %", share <= 0.01)


def _with_children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, found)]


def _pss(pid: int) -> int:
    """Bytes that are this process's own, shared ones by share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
