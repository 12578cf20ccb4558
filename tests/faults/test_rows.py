"""Lines 8, 24, 27, 27b and 28: one row with something wrong about it, among others that are as they should be."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from coverage_app.clock import utcnow
from coverage_app.enums import SkipReason
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, User
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts, contacts, delivery, reconcile, records
from coverage_app.services.entities import CALL
from tests.faults.conftest import ManyDue, Settled, Stored, message_id
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.smtp import Sink
from tests.time_shift import move
from tests.unit.mailer.test_message import well_formed

pytestmark = BOTH_DATABASES

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Statuses = Callable[[], list[str]]


def test_8_row_that_cannot_be_rendered_fails_alone_and_is_logged_once(
    many_due: ManyDue, smtp: Sink, stored: Stored, statuses: Statuses, caplog: pytest.LogCaptureFixture
) -> None:
    many_due(5)
    broken = stored(select(Row.id).order_by(Row.id))[2]
    db.session.execute(update(Row).where(Row.id == broken).values(notification_type="nonsense"))
    db.session.commit()
    for _ in range(2):
        delivery.deliver_and_wait(utcnow())
    assert statuses() == ["failed: cannot_be_made: ValueError"] + ["sent"] * 4
    expected = {message_id(row_id) for row_id in stored(select(Row.id)) if row_id != broken}
    assert len(smtp.messages) == 4 and {mail.message_id for mail in smtp.messages} == expected
    assert sum("reminder.render_failed" in record.getMessage() for record in caplog.records) == 1


def test_8_contact_with_reminders_cannot_be_deleted(many_due: ManyDue, contact: Contact) -> None:
    many_due(1)
    with pytest.raises(IntegrityError):
        db.session.execute(delete(Contact).where(Contact.id == contact.id))
    db.session.rollback()


def test_24_record_changed_after_the_claim_is_not_mailed_as_it_was(
    app: Flask, call: Callable[..., UUID], smtp: Sink, stored: Stored, statuses: Statuses, people: People
) -> None:
    cancelled, done, moved, deleted, reassigned, untouched = (call(HOUR + 2 * MINUTE) for _ in range(6))
    former = call(HOUR + 2 * MINUTE, coverage_user_id=people.outsider.id)
    move(-2 * MINUTE)
    changing, changed = asyncio.Lock(), []

    def change() -> None:
        by, now = {"by": people.responsible}, {"now": utcnow()}
        with app.app_context():
            records.save(CALL, cancelled, {"coverage_user_id": None}, **by, **now)
            records.complete(CALL, done, "next_call", done=True, **by, **now)
            records.save(CALL, moved, {"proxima_llamada_fecha": utcnow() + 3 * HOUR}, **by, **now)
            records.delete(CALL, deleted, **by, **now)
            records.save(CALL, reassigned, {"coverage_user_id": people.admin.id, "note": "Ya lo sabe"}, **by, **now)
            accounts.deactivate(people.outsider.id, by=people.admin, **now)

    async def change_before_the_first_greeting(_given: Any) -> None:
        async with changing:
            if not changed:
                changed.append(await asyncio.to_thread(change))

    db.session.commit()
    smtp.replies["EHLO"] = change_before_the_first_greeting
    delivery.deliver_and_wait(utcnow())
    [row] = stored(select(Row).where(Row.entity_id == untouched, Row.status == "sent"))
    assert [mail.message_id for mail in smtp.messages] == [message_id(row.id)]
    ended = {(row.entity_id, row.status, row.last_error) for row in stored(select(Row)) if row.status != "pending"}
    gone = (cancelled, done, moved, deleted, reassigned)
    assert ended == {
        (untouched, "sent", None),
        (former, "skipped", SkipReason.USER_INACTIVE),
        *((one, "skipped", SkipReason.CHANGED) for one in gone),
    }

    # A quarter of an hour before, the new colleague hears of it, in the new words.
    smtp.messages.clear()
    move(-45 * MINUTE)
    delivery.deliver_and_wait(utcnow())
    shown = {mail.recipients[0]: mail.parsed.get_body(("plain",)) for mail in smtp.messages}
    assert sorted(shown) == sorted([people.admin.email, people.cover.email])
    assert "Ya lo sabe" in shown[people.admin.email].get_content()  # type: ignore[union-attr]


UNFIT = ["a@x.org, b@evil.org", "a@x.org\r\nbcc: b@evil.org", "josé@exämple.org", "a" * 240 + "@x.example.org", ""]


def test_27_address_that_is_not_plain_gets_no_mail_and_others_do(
    many_due: ManyDue, smtp: Sink, stored: Stored, statuses: Statuses, people: People
) -> None:
    many_due(len(UNFIT) + 1)
    good, *rows = stored(select(Row).order_by(Row.id))
    for row, address in zip(rows, UNFIT, strict=True):
        person = User(name="Eva", email=address, password_hash="x", role="staff", locale="es", timezone="Europe/Madrid")
        db.session.add(person)
        db.session.flush()
        for model in (Row, FollowUp):
            theirs = update(model).where(model.entity_id == row.entity_id)  # type: ignore[attr-defined]
            db.session.execute(theirs.values(coverage_user_id=person.id))
    db.session.commit()
    delivery.deliver_and_wait(utcnow())
    fault = "failed: cannot_be_made: it is not one plain e-mail address"
    assert statuses() == [fault] * (len(UNFIT) - 1) + ["sent", "skipped: no_email"]
    assert [(mail.message_id, mail.recipients) for mail in smtp.messages] == [
        (message_id(good.id), (people.cover.email,))
    ]
    assert smtp.said.count("RCPT") == 1


@ON_SQLITE
@pytest.mark.parametrize("address", [*UNFIT, "x" * 300 + "@example.org"])
def test_27_address_that_is_not_plain_is_not_saved(address: str, people: People) -> None:
    with pytest.raises(FieldError) as refusal:
        accounts.save(people.outsider.id, {"email": address}, by=people.admin, now=utcnow())
    assert refusal.value.field == "email"
    db.session.rollback()


def test_27b_note_edit_and_reconcile_lose_no_overdue_row_that_waits(
    many_due: ManyDue, smtp: Sink, settled: Settled, stored: Stored, people: People
) -> None:
    waiting = many_due(3, -10 * MINUTE)
    smtp.stop()
    delivery.deliver_and_wait(utcnow())
    corrected = stored(select(Row.entity_id))[0]
    records.save(CALL, corrected, {"note": "El NIE ha llegado"}, by=people.responsible, now=utcnow())
    found = reconcile.run(utcnow())
    assert (found.made, found.deleted) == (0, 0)
    smtp.start()
    wait_until(lambda: delivery.deliver_and_wait(utcnow()).sent == 3)
    settled()
    assert sorted(mail.message_id for mail in smtp.messages) == sorted(waiting)


HOSTILE = (
    "\x0bVT \x1cFS \u2028LS \x00NUL \u202eRLO <script>alert(1)</script> {{7*7}}\r\n.\r\n"
    "MAIL FROM:<x@evil.example>\r\nBcc: y@evil.example\r\n" + "x" * 5000
)


def test_28_hostile_text_is_saved_clean_and_mailed_literally(
    call: Callable[..., UUID], smtp: Sink, settled: Settled, stored: Stored, people: People, contact: Contact
) -> None:
    contacts.save(contact.id, {"name": HOSTILE[:150], "phone": HOSTILE[:30]}, by=people.responsible, now=utcnow())
    call(30 * MINUTE, note=HOSTILE, proxima_accion=HOSTILE[:150], coverage_user_id=people.cover.id)
    move(-15 * MINUTE)
    delivery.deliver_and_wait(utcnow())
    settled()
    [mail] = smtp.messages
    well_formed(mail.content)
    assert (mail.recipients, mail.parsed["To"].addresses[0].addr_spec) == ((people.cover.email,), people.cover.email)
    assert "<script>alert(1)</script> {{7*7}}" in mail.parsed["Subject"]
    plain, html = (mail.parsed.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    literal = "<script>alert(1)</script> {{7*7}}\n.\nMAIL FROM:<x@evil.example>\nBcc: y@evil.example\n" + "x" * 5000
    assert literal in plain.replace("\r\n", "\n")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in html and "<script>" not in html
    assert not {"\x0b", "\x1c", "\u2028", "\x00", "\u202e"} & set(plain + html + mail.parsed["Subject"])
