"""Erasing a contact for ever: a page that says what it does, for administrators alone."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from coverage_app.extensions import db
from coverage_app.models import Contact, Reminder
from coverage_app.services import contacts
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.page_reader import get, send

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]


@pytest.fixture
def path(contact: Contact) -> str:
    return f"/contacts/{contact.id}/erase"


def test_page_says_what_is_erased_and_what_stays(alicia: FlaskClient, make: Make, path: str) -> None:
    opportunity = make(OPPORTUNITY)
    make(CALL), make(CALL), make(TASK), make(PIPELINE_ACTION, opportunity_id=opportunity.id, contact_id=None)
    page = get(alicia, path)
    for words in (
        "¿Borrar para siempre a María Pérez?",
        "No se puede deshacer.",
        "2 llamadas",
        "1 tarea",
        "1 oportunidad",
        "Que algo se envió o se cambió",
        "Escribe: María Pérez",
    ):
        assert words in page.words
    assert f"/calls?q={'Mar%C3%ADa+P%C3%A9rez'}&state=all" in page.links


def test_contact_is_erased_once_its_name_is_typed(
    alicia: FlaskClient, make: Make, contact: Contact, path: str, stored: Stored
) -> None:
    make(CALL)
    refused = send(alicia, path, name="María")
    assert (refused.status, refused.errors) == (422, {"name": "No es su nombre. No se ha borrado nada."})
    assert stored(select(Contact.id)) == [contact.id]
    page = send(alicia, path, name="maria perez")
    assert (page.path, "se ha borrado para siempre" in page.words) == ("/contacts", True)
    assert stored(select(Contact)) == []
    assert get(alicia, path).status == 404


def test_history_and_reminder_say_that_their_text_was_erased(
    alicia: FlaskClient, make: Make, path: str, stored: Stored
) -> None:
    make(CALL)
    sent = {"status": "sent", "sent": True, "sent_at": Reminder.scheduled_send_at}
    first = stored(select(Reminder.id))[0]
    db.session.execute(update(Reminder).where(Reminder.id == first).values(sent))
    send(alicia, path, name="María Pérez")
    history = get(alicia, "/history")
    assert "Borrado para siempre Alicia Mora" in history.words and "María" not in history.words
    assert alicia.get("/history/export.csv").status_code == 200
    reminder = get(alicia, f"/deliveries/{first}")
    assert "Su texto se borró para siempre." in reminder.words and "María" not in reminder.words


def test_contact_deleted_before_is_erased_from_the_history_page(
    alicia: FlaskClient, people: People, now: Any, stored: Stored
) -> None:
    gone = contacts.create(uuid4(), {"name": "Zoé Ibáñez", "note": "Alérgica"}, by=people.admin, now=now)
    path = f"/contacts/{gone.id}/erase"
    assert path not in get(alicia, "/history").links
    contacts.delete(gone.id, by=people.admin, now=now)
    assert path in get(alicia, "/history").links
    assert "ya se había borrado" in get(alicia, path).words
    history = get(alicia, "/history") if send(alicia, path, name="Zoé Ibáñez").status == 200 else None
    assert history is not None and path not in history.links and "Zoé" not in history.words


def test_staff_see_no_button_and_are_refused(ana: FlaskClient, make: Make, contact: Contact, path: str) -> None:
    make(CALL)
    form = get(ana, f"/contacts/{contact.id}/edit").form(f"/contacts/{contact.id}/edit").fields
    for page in ("", "/delete"):
        assert path not in get(ana, f"/contacts/{contact.id}{page}").links
    assert [ana.get(path).status_code, ana.post(path, data=form | {"name": contact.name}).status_code] == [403, 403]


def test_contact_that_does_not_exist_is_not_found(alicia: FlaskClient) -> None:
    assert get(alicia, f"/contacts/{uuid4()}/erase").status == 404
