"""Redis answers and takes nothing: read-only, full, forbidden. Nothing fails with it, and it is said."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis as Client

from coverage_app.clock import utcnow
from coverage_app.services.health import Problem, checks
from coverage_app.settings import Settings
from tests.fixtures.application import running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.servers.redis import Redis
from tests.web.middleware.test_rate_limits import attempt

pytestmark = ON_SQLITE


def make_read_only(client: Client) -> None:
    client.replicaof("127.0.0.1", "1")


def make_full(client: Client) -> None:
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)


def forbid_writing(client: Client) -> None:
    client.acl_setuser("default", enabled=True, nopass=True, keys="*", categories=["+@all", "-@write"])


@pytest.fixture(params=[make_read_only, make_full, forbid_writing])
def app(
    request: pytest.FixtureRequest, start_redis: Callable[[], Redis], settings: Settings, database_url: str
) -> Iterator[Flask]:
    redis = start_redis()
    with redis.client() as client:
        request.param(client)
    with running(replace(settings, redis_url=redis.url)) as app:
        yield app


def test_wrong_sign_ins_are_refused_and_counted_all_the_same(app: Flask, people: People) -> None:
    guesser = app.test_client()
    answers = [attempt(guesser, people.responsible.email, "wrong password") for _ in range(8)]
    assert answers == [422] * 6 + [429] * 2


def test_save_with_redis_down_commits_in_time_and_names_the_fault(app: Flask, call: Any) -> None:
    began = time.monotonic()
    call(timedelta(hours=25))
    assert time.monotonic() - began < 2
    found = checks.examine(utcnow()).parts[checks.Component.REDIS]
    assert found.problem == Problem.REDIS_AWAY
    assert any(word in found.detail for word in ("read only", "OOM", "permission", "maxmemory")), found.detail
