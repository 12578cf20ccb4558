"""Lines 15 and 16: the server says no to one mail of many, over the one connection that all of them share."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Reminder as Row
from coverage_app.services import delivery
from tests.faults.conftest import ManyDue, Settled, Stored, message_id
from tests.fixtures.databases import ON_SQLITE
from tests.servers import wait_until
from tests.servers.smtp import Sink

# tests/services/delivery/test_delivery.py has the refusals on both databases, each over a connection of its own.
pytestmark = ON_SQLITE
PASSING, FINAL = "450 4.2.1 Mailbox busy", "550 5.1.1 No such user"


@pytest.fixture(autouse=True)
def one_line(app: Flask) -> None:
    settings = app.extensions["settings"]
    # Times are stored in whole seconds: one of a single second might be over at once.
    timing = replace(settings.timing, row_backoff=(2.0,))
    app.extensions["settings"] = replace(settings, worker_concurrency=1, timing=timing)


def refuse_the_second(smtp: Sink, step: str, words: str) -> None:
    met: list[Any] = []

    def answer(given: Any) -> str | None:
        met.append(given)
        return words if len(met) == 2 else None

    smtp.replies[step] = answer


@pytest.mark.parametrize("words", [PASSING, FINAL])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_15_16_refusal_of_one_mail_changes_that_row_only(
    many_due: ManyDue, smtp: Sink, stored: Stored, settled: Settled, step: str, words: str
) -> None:
    refuse_the_second(smtp, step, words)
    many_due(4)
    delivery.deliver_and_wait(utcnow())
    rows = stored(select(Row))
    [refused] = [row for row in rows if row.status != "sent"]
    assert (refused.status, refused.attempts) == ("pending" if words == PASSING else "failed", 1)
    assert refused.last_error == words
    assert Counter(mail.message_id for mail in smtp.messages) == Counter(
        message_id(row.id) for row in rows if row is not refused
    )
    # The next one began cleanly: no second MAIL without a RSET or a connection between, and nothing tried twice.
    assert smtp.said.count("MAIL") == 4 and smtp.said.count("CONNECT") + smtp.said.count("RSET") == 2
    if words == PASSING:
        assert refused.next_attempt_at > refused.scheduled_send_at
        wait_until(lambda: delivery.deliver_and_wait(utcnow()).sent == 1)
        settled()
