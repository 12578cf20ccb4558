"""«Send again»: only what could not be sent, is still wanted, and is the newest due of its date."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts, delivery, records
from coverage_app.services.entities import CALL
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.servers.smtp import Sink
from tests.time_shift import move

pytestmark = BOTH_DATABASES

Statuses = Callable[[], list[str]]


def ended(row: Row, status: str, why: str) -> None:
    db.session.execute(update(Row).where(Row.id == row.id).values(status=status, last_error=why, attempts=3))
    db.session.commit()


@pytest.mark.parametrize(
    ("status", "why"), [("failed", "550 No such user"), ("skipped", "user_inactive"), ("skipped", "no_email")]
)
def test_what_could_not_be_sent_goes_out_when_somebody_asks(
    status: str, why: str, due_now: Any, people: People, smtp: Sink, statuses: Statuses
) -> None:
    [row] = due_now()
    ended(row, status, why)
    delivery.retry(row.id, by=people.outsider, now=utcnow())
    assert statuses() == ["pending"]
    delivery.deliver_and_wait(utcnow())
    assert statuses() == ["sent"]
    assert [mail.message_id for mail in smtp.messages] == [f"<{row.id}@example.com>"]


@pytest.mark.parametrize(("status", "why"), [("skipped", "changed"), ("skipped", "superseded"), ("pending", None)])
def test_nothing_else_is_sent_again(status: str, why: str, due_now: Any, people: People, statuses: Statuses) -> None:
    [row] = due_now()
    ended(row, status, why)
    before = statuses()
    with pytest.raises(delivery.RetryRefused):
        delivery.retry(row.id, by=people.outsider, now=utcnow())
    db.session.rollback()
    assert statuses() == before


def test_what_is_no_longer_true_is_not_sent_again(due_now: Any, people: People) -> None:
    [row] = due_now()
    ended(row, "failed", "550 No such user")
    records.complete(CALL, row.entity_id, "next_call", done=True, by=people.cover, now=utcnow())
    with pytest.raises(delivery.RetryRefused, match="changed"):
        delivery.retry(row.id, by=people.outsider, now=utcnow())
    db.session.rollback()


def test_an_older_one_does_not_come_after_a_newer_one(call: Any, people: People, stored: Any) -> None:
    call(timedelta(hours=25))
    move(-timedelta(hours=24, minutes=30))
    oldest = stored(select(Row).order_by(Row.scheduled_send_at))[0]
    ended(oldest, "failed", "550 No such user")
    with pytest.raises(delivery.RetryRefused, match="superseded"):
        delivery.retry(oldest.id, by=people.outsider, now=utcnow())
    db.session.rollback()


def test_a_colleague_still_inactive_is_not_written_to(due_now: Any, people: People) -> None:
    [row] = due_now()
    ended(row, "skipped", "user_inactive")
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    with pytest.raises(delivery.RetryRefused, match="user_inactive"):
        delivery.retry(row.id, by=people.outsider, now=utcnow())
    db.session.rollback()
