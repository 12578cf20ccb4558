"""A form sent twice makes one record, and loses nothing that was typed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Call, Contact, Task
from coverage_app.models import Reminder as Row
from coverage_app.services.entities import ENTITIES, TASK
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.web.conftest import Make
from tests.web.page_reader import Page, get

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]


def test_the_same_again_is_one_record_and_leads_to_it(ana: FlaskClient, contact: Contact, stored: Stored) -> None:
    form = get(ana, "/calls/new").form("/calls/new").fields
    typed = form | {"entity_id": str(contact.id), "note": "Una  vez\r\n", "proxima_llamada_fecha": "2027-12-02T10:00"}
    answers = [ana.post("/calls/new", data=typed) for _ in range(2)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, f"/calls/{form['record_id']}")}
    assert [str(call.id) for call in stored(select(Call))] == [form["record_id"]]


def test_another_text_under_the_same_id_is_shown_to_be_saved_over_it(ana: FlaskClient, stored: Stored) -> None:
    form = get(ana, "/contacts/new").form("/contacts/new").fields
    ana.post("/contacts/new", data=form | {"name": "Ana", "email": "Ana@Example.com"})
    page = Page(ana.post("/contacts/new", data=form | {"name": "Ana López", "email": "ana@example.com"}))
    assert page.status == 422
    assert "Esto ya estaba guardado, con otro contenido." in page.words
    edit = page.form(f"/contacts/{form['record_id']}/edit")
    assert edit.fields["name"] == "Ana López" and stored(select(Contact.name)) == ["Ana"]
    assert ana.post(edit.action, data=edit.fields).status_code == 302
    assert stored(select(Contact.name)) == ["Ana López"]


def test_the_same_contact_again_is_one_contact(ana: FlaskClient, stored: Stored) -> None:
    form = get(ana, "/contacts/new").form("/contacts/new").fields | {"name": "Ana", "email": "Ana@Example.com"}
    answers = [ana.post("/contacts/new", data=form) for _ in range(2)]
    assert {answer.location for answer in answers} == {f"/contacts/{form['record_id']}"}
    assert len(stored(select(Contact))) == 1


@pytest.mark.parametrize("folder", ["contacts", *(entity.folder for entity in ENTITIES.values())])
def test_a_form_whose_record_was_deleted_gets_a_new_id(
    ana: FlaskClient, contact: Contact, stored: Stored, folder: str
) -> None:
    typed = {"name": "Luz", "text": "Pedir cita", "called_at": "2027-12-01T10:00", "next_action_type": "Cita"}
    contacts = {name: str(contact.id) for name in ("entity_id", "contact_id")}
    form = get(ana, f"/{folder}/new").form(f"/{folder}/new").fields | typed | contacts
    first = ana.post(f"/{folder}/new", data=form).location
    assert first == f"/{folder}/{form['record_id']}"
    ana.post(f"{first}/delete", data=form)
    page = Page(ana.post(f"/{folder}/new", data=form))
    assert page.status == 422 and "alguien lo borró después" in page.words
    again = page.form(f"/{folder}/new").fields
    assert again["record_id"] != form["record_id"]
    second = ana.post(f"/{folder}/new", data=again)
    assert second.location == f"/{folder}/{again['record_id']}"
    assert "Borrado" not in get(ana, second.location).words
    assert len(stored(select(AuditEntry).where(AuditEntry.entity_id == UUID(form["record_id"])))) == 2


@ON_SQLITE
def test_an_id_that_only_a_sent_reminder_knows_is_not_given_again(
    ana: FlaskClient, make: Make, contact: Contact, stored: Stored
) -> None:
    task = make(TASK)
    sent = {"status": "sent", "sent": True, "sent_at": task.created_at}
    db.session.execute(update(Row).values(sent))
    ana.post(f"/tasks/{task.id}/delete", data=get(ana, f"/tasks/{task.id}/delete").forms[-1].fields)
    db.session.execute(delete(AuditEntry))
    form = get(ana, "/tasks/new").form("/tasks/new").fields | {"text": "Otra", "record_id": str(task.id)}
    assert (ana.post("/tasks/new", data=form).status_code, stored(select(Task))) == (422, [])


def test_a_damaged_id_is_replaced_and_the_form_shown_again(ana: FlaskClient, stored: Stored) -> None:
    form = get(ana, "/contacts/new").form("/contacts/new").fields | {"name": "Ana", "record_id": "x"}
    page = Page(ana.post("/contacts/new", data=form))
    assert page.status == 422 and "El formulario ha llegado dañado." in page.words
    again = page.form("/contacts/new").fields
    assert again["name"] == "Ana" and again["record_id"] != "x"
    assert ana.post("/contacts/new", data=again).status_code == 302
    assert [str(contact.id) for contact in stored(select(Contact))] == [again["record_id"]]
