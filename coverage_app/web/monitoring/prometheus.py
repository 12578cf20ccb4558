"""The figures in Prometheus's text format, 0.0.4.

Every one is a gauge, also what sounds like a counter. The truth is the database, so each web process tells the same
whatever was restarted; but there totals fall, when old reminders are forgotten and when a failed one is sent again,
and Prometheus would take a counter that falls for one that began anew. So what happened is counted over the hour
before the scrape. ``lateness`` has the buckets of a histogram: histogram_quantile() reads them, without rate().
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from coverage_app import alarms
from coverage_app.database import set_statement_timeout
from coverage_app.enums import ProcessKind, SkipReason
from coverage_app.extensions import db
from coverage_app.services import health
from coverage_app.services.health import ALIVE_WITHIN, Problem, figures
from coverage_app.services.health.checks import PATIENCE

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "coverage_"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Gauge:
    """One figure, or one for each set of labels; ``help`` is its sentence."""

    name: str
    help: str
    samples: dict[Labels, float]


def read(now: datetime) -> list[Gauge]:
    """Every figure as it stands at ``now``. Raises OperationalError when the database does not answer in time."""
    set_statement_timeout(db.session.connection(), PATIENCE)
    return [*_waiting(now), *_ended(now), *_processes(now), *_redis()]


def write(gauges: Iterable[Gauge]) -> str:
    lines: list[str] = []
    for gauge in gauges:
        name = PREFIX + gauge.name
        lines += [f"# HELP {name} {_escaped(gauge.help)}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labelled(labels)} {value}" for labels, value in gauge.samples.items()]
    return "\n".join(lines) + "\n"


def _waiting(now: datetime) -> list[Gauge]:
    state, waiting = health.engine_status(now), figures.waiting(now)
    return [
        _one("reminders_due", "Reminders whose time has come and that no worker has claimed.", waiting.due),
        _one("reminders_late", "Never tried, two minutes past their time; 1000 stands for any more.", state.late),
        _one("reminders_claimed", "Reminders that a worker is sending.", waiting.claimed),
        _one("reminders_coming", "Reminders that leave within the next hour.", waiting.soon),
        _one("mail_held_back", "1 while a living worker holds mail back.", Problem.HELD_BACK in state.problems),
        _one("mail_configured", "1 if a mail server is named.", state.mail_configured),
    ]


def _ended(now: datetime) -> list[Gauge]:
    lately = now - figures.HOUR
    [sent], unsent = figures.sent(lately, 1), figures.unsent(lately)
    within: dict[Labels, float] = {(("le", str(bound)),): sent.within(bound) for bound in figures.BOUNDS}
    skipped: dict[Labels, float] = {(("reason", reason.value),): unsent.skipped[reason] for reason in SkipReason}
    return [
        _one("reminders_sent_last_hour", "Mails that the server accepted.", sent.sent),
        Gauge(
            "lateness_seconds_last_hour",
            "Accepted mails by how long after its second each was accepted, in whole seconds.",
            within | {(("le", "+Inf"),): sent.sent},
        ),
        _one("lateness_seconds_max_last_hour", "The latest of these.", sent.worst),
        _one("reminders_failed_last_hour", "Reminders that could not be sent.", unsent.failed.total()),
        Gauge("reminders_skipped_last_hour", "Reminders deliberately not sent.", skipped),
    ]


def _processes(now: datetime) -> list[Gauge]:
    beats = figures.processes()
    ages: dict[Labels, float] = {}
    alive: dict[Labels, float] = {}
    for kind in ProcessKind:
        own = [(now - beat.beat_at).total_seconds() for beat in beats if beat.kind == kind]
        label = (("kind", kind.value),)
        alive[label] = sum(age < ALIVE_WITHIN.total_seconds() for age in own)
        if own:
            ages[label] = round(min(own), 3)
    living = [beat for beat in beats if now - beat.beat_at < ALIVE_WITHIN]
    offsets = [beat.clock_offset for beat in living if beat.clock_offset is not None]
    worst = max(offsets, key=abs, default=None)
    off: dict[Labels, float] = {} if worst is None else {(): round(worst, 3)}
    return [
        Gauge("processes_alive", "Processes heard in the last minute.", alive),
        Gauge("heartbeat_age_seconds", "Since the last beat of any process of that kind; absent without one.", ages),
        Gauge("clock_offset_seconds", "The worst clock of a process, ahead of the database's; absent on SQLite.", off),
    ]


def _redis() -> list[Gauge]:
    try:
        depth = alarms.current().depth()
    except ConnectionError:
        return [_one("redis_up", "1 if Redis answers; without it reminders go out up to a minute late.", 0)]
    return [
        _one("redis_up", "1 if Redis answers; without it reminders go out up to a minute late.", 1),
        _one("queue_jobs", "Jobs in the queue that no worker has taken.", depth.jobs),
        _one("alarms", "Alarms in Redis that wait for their second.", depth.alarms),
    ]


def _one(name: str, sentence: str, value: float) -> Gauge:
    return Gauge(name, sentence, {(): int(value)})


def _labelled(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value, quote=True)}"' for name, value in labels) + "}"


def _escaped(words: str, quote: bool = False) -> str:
    words = words.replace("\\", r"\\").replace("\n", r"\n")
    return words.replace('"', r"\"") if quote else words
