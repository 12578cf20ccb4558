"""``reconcile`` finds nothing in a healthy system, repairs what is not, and is done when it has run once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, Reminder
from coverage_app.services import reconcile, records
from coverage_app.services.entities import CALL
from coverage_app.services.reconcile import Found
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

NOW = utcnow().replace(microsecond=0)


@pytest.fixture
def call(people: People, contact: Contact) -> Call:
    """Covered, due in 30 hours: three reminders."""
    changes = {
        "entity_id": contact.id,
        "called_at": NOW,
        "coverage_user_id": people.cover.id,
        "proxima_llamada_fecha": NOW + timedelta(hours=30),
    }
    return records.create(CALL, uuid4(), changes, by=people.responsible, now=NOW).record


@pytest.fixture
def state(stored: Callable[..., list[Any]]) -> Callable[[], tuple[list[Any], list[Any]]]:
    """All that is derived, ids left out: what ought to be equal before and after."""

    def read() -> tuple[list[Any], list[Any]]:
        rows = stored(select(Reminder).order_by(Reminder.scheduled_send_at))
        follow_ups = stored(select(FollowUp))
        return (
            [(row.notification_type, row.scheduled_send_at, row.status, row.subject) for row in rows],
            [(one.entity_id, one.due_at, one.coverage_user_id, one.title, one.done_at) for one in follow_ups],
        )

    return read


def change(statement) -> None:
    """Do to the tables what no path of the application would."""
    db.session.execute(statement)
    db.session.commit()


def test_it_finds_nothing_in_a_healthy_system(call, state):
    before = state()
    assert reconcile.run(NOW) == Found(checked=1)
    assert state() == before


def test_it_finds_nothing_where_there_is_nothing(app):
    assert reconcile.run(NOW) == Found()


def test_it_makes_a_reminder_that_was_lost(call, state):
    before = state()
    change(delete(Reminder).where(Reminder.notification_type == "1h_before"))
    assert (reconcile.run(NOW), reconcile.run(NOW)) == (Found(checked=1, made=1), Found(checked=1))
    assert state() == before


def test_it_does_not_make_one_whose_time_has_passed(call, stored):
    change(delete(Reminder).where(Reminder.notification_type == "24h_before"))
    assert reconcile.run(NOW + timedelta(hours=7)) == Found(checked=1)


def test_reconcile_preserves_an_overdue_reminder_still_wanted(call, state):
    before = state()
    assert reconcile.run(NOW + timedelta(hours=29, minutes=59)) == Found(checked=1)
    assert state() == before


def test_reconcile_deletes_unwanted_reminders(call, people, state):
    before = state()
    change(
        update(Reminder).where(Reminder.notification_type == "15min_before").values(coverage_user_id=people.outsider.id)
    )
    assert (reconcile.run(NOW), reconcile.run(NOW)) == (Found(checked=1, made=1, deleted=1), Found(checked=1))
    assert state() == before


def test_it_leaves_history_and_what_a_worker_holds_alone(call, people, stored):
    change(update(Reminder).values(coverage_user_id=people.outsider.id, status="sending"))
    assert reconcile.run(NOW) == Found(checked=1, made=3)
    rows = stored(select(Reminder))
    assert sorted(row.status for row in rows) == ["pending"] * 3 + ["sending"] * 3


def test_it_puts_a_follow_up_right_that_says_something_else_than_its_call(call, state):
    before = state()
    change(update(FollowUp).values(due_at=NOW + timedelta(days=9), title="Otra cosa"))
    assert (reconcile.run(NOW), reconcile.run(NOW)) == (Found(checked=1, changed=1), Found(checked=1))
    assert state() == before


def test_it_drops_what_is_left_of_a_call_that_is_gone(call, stored):
    change(delete(Call))
    assert (reconcile.run(NOW), reconcile.run(NOW)) == (Found(changed=1, deleted=3), Found())
    assert (stored(select(FollowUp)), stored(select(Reminder))) == ([], [])


def test_a_dry_run_says_the_same_and_does_nothing(call, state):
    change(delete(Reminder).where(Reminder.notification_type == "1h_before"))
    change(update(FollowUp).values(title="Otra cosa"))
    before = state()
    found = [reconcile.run(NOW, dry_run=True) for _ in range(2)]
    assert found == [Found(checked=1, made=1, changed=1)] * 2
    assert state() == before


def test_it_takes_lead_times_that_were_configured_since_to_every_call(call, app, stored):
    settings = app.extensions["settings"]
    app.extensions["settings"] = type(settings)(**{**vars(settings), "offsets": settings.offsets[:1]})
    assert reconcile.run(NOW) == Found(checked=1, deleted=2)
    assert [row.notification_type for row in stored(select(Reminder))] == ["24h_before"]


def test_reconcile_goes_through_more_than_one_batch(call, people, contact, monkeypatch):
    monkeypatch.setattr(reconcile, "BATCH", 2)
    for _ in range(4):
        changes = {"entity_id": contact.id, "called_at": NOW}
        records.create(CALL, uuid4(), changes, by=people.responsible, now=NOW)
    assert reconcile.run(NOW) == Found(checked=5)
