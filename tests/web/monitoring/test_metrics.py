"""The figures for Prometheus: right, in its format, and for an administrator's token alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from coverage_app import alarms
from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.services import tokens
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.servers.redis import Redis

pytestmark = BOTH_DATABASES


def figures(exposition: str) -> dict[str, float]:
    """Return every sample of a scrape by its name and labels. Each family is a gauge and comes once, as each sample."""
    families = list(text_string_to_metric_families(exposition))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    found = {sample.name + _labels(sample.labels): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def _labels(labels: dict[str, str]) -> str:
    return "".join(f'{{{name}="{value}"}}' for name, value in labels.items())


@pytest.fixture
def scrape(app: Flask, people: People) -> Callable[[], dict[str, float]]:
    token = tokens.make(people.admin, "Prometheus")[1]

    def read() -> dict[str, float]:
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
        return {key.removeprefix("coverage_"): value for key, value in figures(answer.text).items()}

    return read


def test_every_figure_is_right(
    scrape: Callable[[], dict[str, float]], ended: Callable[..., None], now: datetime, redis: Redis
) -> None:
    for ago, late in ((10, 0), (3000, 0), (20, 3), (30, 200), (40, 4000), (3700, 7)):
        ended("sent", ago, late)
    for status, ago, why in (("failed", 5, "550 no"), ("failed", 3700, "550 no"), ("skipped", 9, "superseded")):
        ended(status, ago, why=why)
    for ago, attempts in ((60, 0), (130, 0), (130, 1), (-1800, 0), (-7200, 0)):
        ended("pending", ago, attempts=attempts)
    ended("sending", 1)
    for name, kind, ago, last_error in (
        ("a", "worker", 5, "421 no"),
        ("b", "worker", 70, None),
        ("c", "scheduler", 90, None),
    ):
        beat_at = now - timedelta(seconds=ago)
        db.session.add(Heartbeat(process_id=name, kind=kind, beat_at=beat_at, last_error=last_error))
    alarms.current().set_for([now + timedelta(hours=1), now + timedelta(hours=2), now], now)

    shown = scrape()
    age = {kind: shown.pop(f'heartbeat_age_seconds{{kind="{kind}"}}') for kind in ("worker", "scheduler")}
    assert 5 <= age["worker"] < 20 and 90 <= age["scheduler"] < 105
    lateness = {0: 2, 1: 2, 2: 2, 5: 3, 10: 3, 30: 3, 60: 3, 120: 3, 300: 4, 900: 4, 3600: 4, "+Inf": 5}
    reasons = dict.fromkeys(("superseded", "changed", "event_passed", "no_email", "user_inactive"), 0)
    assert shown == {
        "reminders_due": 3,
        "reminders_late": 1,
        "reminders_claimed": 1,
        "reminders_coming": 1,
        "mail_held_back": 1,
        "mail_configured": 1,
        "reminders_sent_last_hour": 5,
        **{f'lateness_seconds_last_hour{{le="{bound}"}}': number for bound, number in lateness.items()},
        "lateness_seconds_max_last_hour": 4000,
        "reminders_failed_last_hour": 1,
        **{f'reminders_skipped_last_hour{{reason="{r}"}}': n for r, n in (reasons | {"superseded": 1}).items()},
        'processes_alive{kind="worker"}': 1,
        'processes_alive{kind="scheduler"}': 0,
        "redis_up": 1,
        "queue_jobs": 1,
        "alarms": 2,
    }


@ON_SQLITE
def test_metrics_omit_figures_that_cannot_be_read(scrape: Callable[[], dict[str, float]], app: Flask) -> None:
    app.extensions["alarms"].redis.connection_pool.connection_kwargs["port"] = 1
    shown = scrape()
    assert (shown["redis_up"], shown['processes_alive{kind="worker"}']) == (0, 0)
    assert not {name for name in shown if name.startswith(("queue", "alarms", "heartbeat"))}


@ON_SQLITE
def test_only_an_administrators_token_opens_it(app: Flask, people: People, alicia: FlaskClient) -> None:
    staff = tokens.make(people.responsible, "CRM")[1]
    headers = [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {staff}"}]
    answers = [app.test_client().get("/metrics", headers=sent) for sent in headers] + [alicia.get("/metrics")]
    assert [(answer.status_code, answer.headers["WWW-Authenticate"]) for answer in answers] == [(401, "Bearer")] * 4
    refused = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {staff}"})
    assert refused.status_code == 403
    assert not any("coverage_" in answer.text for answer in [*answers, refused])
