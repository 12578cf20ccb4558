"""Erased for ever: nothing of a contact is left in the database, in Redis or in the log."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.enums import Action
from coverage_app.errors import NotFound
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Call, Contact, FollowUp, IdempotencyKey, Import, SavedFilter, Task
from coverage_app.models import Reminder as Row
from coverage_app.services import contacts, erasure
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.files import TakeIn
from tests.fixtures.people import People
from tests.servers.redis import Redis
from tests.services.erasure.dump import dump, found_in
from tests.services.erasure.erasable import NOW, SECRETS, Firm

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
Work = Callable[[], None]


@pytest.fixture
def firm(app: Flask, people: People, contact: Contact) -> Firm:
    return Firm(people, contact)


def test_nothing_of_an_erased_contact_is_in_a_dump(
    firm: Firm, take_in: TakeIn, work: Work, database_url: str, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    firm.live(take_in, work)
    assert set(found_in(dump(database_url), *SECRETS)) == set(SECRETS)
    caplog.clear()
    firm.erase()
    assert found_in(dump(database_url), *SECRETS) == {}
    with redis.client() as client:
        kept = b"".join(key + (client.dump(key) or b"") for key in client.scan_iter())
    assert found_in(kept, *SECRETS) == {}
    logged = repr([vars(record) for record in caplog.records])
    assert "contact.erased" in logged and found_in(logged.encode(), *SECRETS) == {}


def test_erasure_deletes_the_records_of_the_contact_and_no_others(
    firm: Firm, take_in: TakeIn, work: Work, stored: Stored
) -> None:
    firm.live(take_in, work)
    assert erasure.preview(firm.zoe).counts == {"call": 1, "task": 1, "opportunity": 1, "pipeline_action": 2}
    firm.erase()
    assert stored(select(Contact.id)) == [firm.maria.id]
    assert [(call.entity_id, call.note) for call in stored(select(Call))] == [(firm.maria.id, "Corregida")]
    assert stored(select(Task.text)) == ["Pedir la nómina"]
    assert {one.entity_type for one in stored(select(FollowUp))} == {"call", "task"}
    assert {row.entity_type for row in stored(select(Row).where(Row.status == "pending"))} <= {"call", "task"}
    assert (stored(select(IdempotencyKey)), stored(select(SavedFilter))) == ([], [])
    assert {one.state for one in stored(select(Import))} == {"discarded"}


def test_erasure_keeps_who_did_what_when_and_to_whom_it_was_sent(
    firm: Firm, take_in: TakeIn, work: Work, stored: Stored
) -> None:
    def actions() -> list[Any]:
        return [(one.at, one.by_user_id, one.action, one.entity_id) for one in stored(select(AuditEntry))]

    def ended() -> list[Any]:
        rows = stored(select(Row).where(Row.status != "pending").order_by(Row.id))
        return [(row.id, row.status, row.sent_at, row.coverage_user_id, row.updated_at) for row in rows]

    firm.live(take_in, work)
    actions_before, ended_before = actions(), ended()
    firm.erase()
    assert {*actions_before} < {*actions()} and ended() == ended_before
    [entry] = stored(select(AuditEntry).where(AuditEntry.action == Action.ERASED))
    assert (entry.entity_type, entry.entity_id, entry.by_user_id) == ("contact", firm.zoe, firm.people.admin.id)
    assert (entry.subject, entry.values, entry.note) == ("", {}, None)


def test_contact_deleted_before_is_erased_once(firm: Firm, database_url: str) -> None:
    contacts.delete(firm.zoe, by=firm.people.responsible, now=NOW)
    assert found_in(dump(database_url), *SECRETS)
    assert erasure.preview(firm.zoe).identity.deleted
    firm.erase()
    assert found_in(dump(database_url), *SECRETS) == {}
    with pytest.raises(NotFound):
        erasure.preview(firm.zoe)
    with pytest.raises(NotFound):
        firm.erase()
    db.session.rollback()
