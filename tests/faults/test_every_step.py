"""Line 14, step by step: wherever the talk breaks off, each mail is accepted once and no row fails."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from coverage_app.services import delivery
from tests.faults.conftest import ManyDue, Settled, Stored
from tests.fixtures.databases import ON_SQLITE
from tests.servers import wait_until
from tests.servers.smtp import DROP, Sink

PATIENCE = 0.5  # seconds for each of the server's answers


@ON_SQLITE
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_14_faults_in_turn_at_one_step_still_deliver_every_mail_once(
    app: Flask, many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, step: str
) -> None:
    settings = app.extensions["settings"]
    assert settings.smtp is not None
    app.extensions["settings"] = replace(settings, worker_concurrency=2, smtp=replace(settings.smtp, timeout=PATIENCE))
    faults = [DROP, "421 4.3.2 Going", None, DROP]

    async def one_after_the_other(_given: Any) -> str | None:
        if not faults:
            return None
        fault = faults.pop(0)
        if fault is None:
            await asyncio.sleep(3 * PATIENCE)
            return DROP
        return fault

    smtp.replies[step] = one_after_the_other
    many_due(6)

    def all_sent() -> bool:
        delivery.deliver_and_wait(utcnow())
        return set(stored(select(Row.status))) == {"sent"}

    wait_until(all_sent, 30)
    settled()
    assert faults == []
