"""What a process owes to the reminders that it has claimed when it is stopped, or finds no thread to send them."""

import asyncio
import time
from dataclasses import replace
from importlib import import_module
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from coverage_app.services import delivery
from coverage_app.services.delivery import claims
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot
from tests.fixtures.databases import ON_SQLITE
from tests.servers.smtp import Sink


@ON_SQLITE
def test_stop_with_a_slow_database_releases_no_accepted_mail(
    due_now: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatcher_module = import_module("coverage_app.services.delivery.dispatcher")
    monkeypatch.setattr(dispatcher_module, "ABORT_TIMEOUT", 0.1)
    due_now()
    dispatcher, accepted = delivery.get_dispatcher(), Event()
    settle = dispatcher.recorder.record_and_recheck

    def slowly(outcome: Outcome | None, check: Claim | None) -> Snapshot | None:
        if outcome:
            accepted.set()
            time.sleep(0.4)
        return settle(outcome, check)

    monkeypatch.setattr(dispatcher.recorder, "record_and_recheck", slowly)
    dispatcher.dispatch(utcnow())
    assert accepted.wait(5)
    dispatcher.stop(5)
    assert stored(select(Row.status)) == ["sent"]


@ON_SQLITE
def test_stop_that_cannot_release_still_waits_for_mails_under_way(
    app: Flask, due_now: Any, smtp: Sink, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], worker_concurrency=1)
    due_now(3)
    begun = Event()

    async def slowly(_message: bytes) -> None:
        begun.set()
        await asyncio.sleep(0.3)

    def away(_claims: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is away"))

    smtp.replies["DOT"] = slowly
    dispatcher = delivery.get_dispatcher()
    dispatcher.dispatch(utcnow())
    assert begun.wait(5)
    with monkeypatch.context() as broken:
        broken.setattr(claims, "release", away)
        dispatcher.stop(5)
    assert sorted(stored(select(Row.status))) == ["sending", "sending", "sent"]


@ON_SQLITE
def test_dispatch_without_threads_releases_its_claims(
    due_now: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_now(2)

    def exhausted(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    dispatcher = delivery.get_dispatcher()
    dispatcher.recorder.open()
    with monkeypatch.context() as threads:
        threads.setattr(Thread, "start", exhausted)
        with pytest.raises(RuntimeError):
            dispatcher.dispatch(utcnow())
    assert stored(select(Row.status)) == ["pending", "pending"]
    assert delivery.deliver_and_wait(utcnow()).sent == 2
