"""Erasing a contact while people, workers and mails are at work, and what it leaves to everybody else."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import make_url

from coverage_app.clock import utcnow
from coverage_app.enums import Action, ImportState, SkipReason
from coverage_app.errors import Conflict, FieldError
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Call, Contact, Import, InstallationNote
from coverage_app.models import Reminder as Row
from coverage_app.services import contacts, erasure, imports, records, retention
from coverage_app.services.delivery import claims, outcomes, recheck
from coverage_app.services.emails.render import RenderedEmail
from coverage_app.services.entities import CALL, TASK
from coverage_app.services.imports import files, leases
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People
from tests.services.erasure.dump import dump, found_in
from tests.services.erasure.erasable import EMAIL, FORMER, NAME, NOW, PHONE, SAID, SECRETS, Firm
from tests.time_shift import move

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
Work = Callable[[], None]


@pytest.fixture
def firm(app: Flask, people: People, contact: Contact) -> Firm:
    return Firm(people, contact)


@ON_SQLITE
def test_erasure_asks_for_the_name_in_any_spelling(firm: Firm, stored: Stored) -> None:
    for wrong in ("", "Zoé", FORMER, f"{NAME} x"):
        with pytest.raises(FieldError):
            firm.erase(wrong)
    assert len(stored(select(Contact))) == 2
    firm.erase("  ZOE  ibanez quilez ")
    assert stored(select(Contact.id)) == [firm.maria.id]


@ON_SQLITE
def test_texts_about_somebody_of_the_same_name_stay(firm: Firm, stored: Stored) -> None:
    by: dict[str, Any] = {"by": firm.people.responsible, "now": NOW}
    namesake = contacts.create(uuid4(), {"name": "zoe  ibáñez QUÍLEZ"}, **by)
    firm.make(CALL, namesake.id, note=f"Con {NAME}")
    firm.make(TASK, None, text=f"Marcar el {PHONE}")
    assert erasure.preview(firm.zoe).identity.shared == (NAME,)
    firm.erase()
    created = select(AuditEntry.subject).where(AuditEntry.action == Action.CREATED).order_by(AuditEntry.id)
    assert stored(created) == ["", "zoe ibáñez QUÍLEZ", "zoe ibáñez QUÍLEZ", ""]


def test_text_of_a_mail_on_its_way_does_not_come_back(firm: Firm, database_url: str, stored: Stored) -> None:
    firm.make(CALL, firm.zoe, proxima_llamada_fecha=NOW + timedelta(minutes=70))
    firm.make(CALL, firm.zoe, proxima_llamada_fecha=NOW + timedelta(minutes=70))
    move(timedelta(minutes=-15))
    accepted, refused = claims.claim(10, utcnow())
    firm.erase()
    ends = [
        outcomes.sent(accepted, RenderedEmail(f"Recordatorio: {NAME}", f"{NAME} {PHONE}: {SAID}", ""), utcnow()),
        outcomes.failed(refused, f"554 Recordatorio: {NAME}"),
    ]
    with db.engine.begin() as connection:
        outcomes.write(connection, ends, utcnow())
    assert sorted(stored(select(Row.status))) == ["failed", "sent"]
    assert found_in(dump(database_url), *SECRETS) == {}


def test_claimed_reminder_of_an_erased_contact_is_not_sent(firm: Firm) -> None:
    firm.make(CALL, firm.zoe, proxima_llamada_fecha=NOW + timedelta(minutes=70))
    move(timedelta(minutes=-15))
    [claim] = claims.claim(10, utcnow())
    firm.erase()
    with db.engine.begin() as connection:
        truth = recheck.read(connection, [claim], utcnow())[claim.row_id]
        assert (truth.skip, truth.context) == (SkipReason.CHANGED, None)


@ON_POSTGRESQL
def test_contact_of_a_record_just_being_stored_is_not_erased(firm: Firm, stored: Stored) -> None:
    firm.make(CALL, firm.zoe)
    db.session.commit()
    with db.engine.connect() as other:
        other.execute(select(Contact.id).where(Contact.id == firm.zoe).with_for_update(read=True, key_share=True))
        with pytest.raises(Conflict):
            firm.erase()
    assert [len(stored(select(model))) for model in (Contact, Call)] == [2, 1]


def test_import_that_is_being_written_is_discarded(firm: Firm, take_in: TakeIn, work: Work, stored: Stored) -> None:
    named, other = take_in(csv_of(f"{EMAIL};;;", f"{NAME};;;")), take_in(csv_of("María Pérez;;;"))
    work()
    imports.accept(named, by=firm.people.responsible)
    lease = leases.claim(utcnow(), timedelta(minutes=2))
    assert lease is not None and lease.import_id == named
    firm.erase()
    with pytest.raises(leases.Lost):
        lease.end(ImportState.WRITTEN)
    db.session.rollback()
    assert {one.id: one.state for one in stored(select(Import))} == {named: "discarded", other: "checked"}


@ON_SQLITE
def test_name_across_two_parts_of_a_file_is_found(
    firm: Firm, take_in: TakeIn, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = csv_of(f"{NAME};;;")
    monkeypatch.setattr(files, "PART", file.index("ñ".encode()) + 1)
    take_in(file)
    firm.erase()
    assert stored(select(Import.state)) == ["discarded"]


@ON_SQLITE
def test_file_that_is_in_use_is_rewritten_within_the_hour(
    firm: Firm, database_url: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coverage_app.database.BUSY_MS", 10)
    db.session.commit()
    db.engine.dispose()
    with closing(sqlite3.connect(make_url(database_url).database or "")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM contacts").fetchall()
        firm.erase()
    assert found_in(dump(database_url), *SECRETS)
    retention.delete_expired(utcnow())
    assert found_in(dump(database_url), *SECRETS) == {}
    assert stored(select(InstallationNote)) == []
    db.engine.dispose()


@ON_SQLITE
def test_record_that_was_the_contacts_once_keeps_its_own_text(firm: Firm, stored: Stored) -> None:
    call = firm.make(CALL, firm.zoe)
    firm.save(CALL, call, entity_id=firm.maria.id, note="De María")
    firm.erase()
    assert stored(select(Call.note)) == ["De María"]
    waiting = stored(select(Row).where(Row.status == "pending"))
    assert waiting and {(row.subject, row.message_body, row.erased_at) for row in waiting} == {(None, None, None)}
    records.save(CALL, call.id, {"note": "Otra"}, by=firm.people.responsible, now=NOW)
