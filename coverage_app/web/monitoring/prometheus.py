"""Figures for Prometheus, in its text format.

Every one is a gauge, also what sounds like a counter. The truth is the database, so each web process tells the same
whatever was restarted; but there totals fall, when old reminders are forgotten and when a failed one is sent again,
and Prometheus would take a counter that falls for one that began anew. So what happened is counted over the hour
before the scrape. ``lateness`` has the buckets of a histogram: histogram_quantile() reads them, without rate().
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from coverage_app import alarms
from coverage_app.database import set_statement_timeout
from coverage_app.enums import ProcessKind, SkipReason
from coverage_app.extensions import db
from coverage_app.services import health
from coverage_app.services.health import ALIVE_WITHIN, Problem, figures
from coverage_app.services.health.checks import PATIENCE

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
PREFIX = "coverage_"


def render(now: datetime) -> bytes:
    """Return every figure as it stands at ``now``. Raises OperationalError when the database is too slow to answer."""
    set_statement_timeout(db.session.connection(), PATIENCE)
    return generate_latest(_Figures(now))


class _Figures(Collector):
    """Reads the figures anew: nothing is counted in this process."""

    def __init__(self, now: datetime):
        self.now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _waiting(self.now)
        yield from _ended(self.now)
        yield from _processes(self.now)
        yield from _redis()


def _waiting(now: datetime) -> Iterator[GaugeMetricFamily]:
    state, waiting = health.engine_status(now), figures.waiting(now)
    yield _gauge("reminders_due", "Reminders whose time has come and that no worker has claimed.", waiting.due)
    yield _gauge("reminders_late", "Never tried, two minutes past their time; 1000 stands for any more.", state.late)
    yield _gauge("reminders_claimed", "Reminders that a worker is sending.", waiting.claimed)
    yield _gauge("reminders_coming", "Reminders that leave within the next hour.", waiting.soon)
    yield _gauge("mail_held_back", "1 while a living worker holds mail back.", Problem.HELD_BACK in state.problems)
    yield _gauge("mail_configured", "1 if a mail server is named.", state.mail_configured)


def _ended(now: datetime) -> Iterator[GaugeMetricFamily]:
    lately = now - figures.HOUR
    [sent], unsent = figures.sent(lately, 1), figures.unsent(lately)
    within = {str(bound): sent.within(bound) for bound in figures.BOUNDS}
    yield _gauge("reminders_sent_last_hour", "Mails that the server accepted.", sent.sent)
    yield _gauges(
        "lateness_seconds_last_hour",
        "Accepted mails by how long after its second each was accepted, in whole seconds.",
        "le",
        within | {"+Inf": sent.sent},
    )
    yield _gauge("lateness_seconds_max_last_hour", "The latest of these.", sent.worst)
    yield _gauge("reminders_failed_last_hour", "Reminders that could not be sent.", unsent.failed.total())
    skipped = {reason.value: unsent.skipped[reason] for reason in SkipReason}
    yield _gauges("reminders_skipped_last_hour", "Reminders deliberately not sent.", "reason", skipped)


def _processes(now: datetime) -> Iterator[GaugeMetricFamily]:
    beats = figures.processes()
    living = [beat for beat in beats if now - beat.beat_at < ALIVE_WITHIN]
    alive = {kind.value: sum(beat.kind == kind for beat in living) for kind in ProcessKind}
    yield _gauges("processes_alive", "Processes heard in the last minute.", "kind", alive)
    # The latest comes first: of each kind it is the one that stays.
    ages = {beat.kind: round((now - beat.beat_at).total_seconds(), 3) for beat in reversed(beats)}
    sentence = "Since the last beat of any process of that kind; absent without one."
    yield _gauges("heartbeat_age_seconds", sentence, "kind", ages)
    offsets = [beat.clock_offset for beat in living if beat.clock_offset is not None]
    worst = max(offsets, key=abs, default=None)
    sentence = "The worst clock of a process, ahead of the database's; absent on SQLite."
    yield _gauge("clock_offset_seconds", sentence, None if worst is None else round(worst, 3))


def _redis() -> Iterator[GaugeMetricFamily]:
    try:
        depth = alarms.current().depth()
    except ConnectionError:
        depth = None
    sentence = "1 if Redis answers; without it reminders go out up to a minute late."
    yield _gauge("redis_up", sentence, depth is not None)
    if depth is not None:
        yield _gauge("queue_jobs", "Jobs in the queue that no worker has taken.", depth.jobs)
        yield _gauge("alarms", "Alarms in Redis that wait for their second.", depth.alarms)


def _gauge(name: str, sentence: str, value: float | None) -> GaugeMetricFamily:
    """One figure; without a sample where it is not known."""
    return GaugeMetricFamily(PREFIX + name, sentence, value=value)


def _gauges(name: str, sentence: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """One figure for each value of a label."""
    family = GaugeMetricFamily(PREFIX + name, sentence, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
