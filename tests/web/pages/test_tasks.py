"""A task from the form to its own page: with little or much in it, done with a note, taken back, deleted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import AuditEntry, Contact, FollowUp, Reminder, Task
from coverage_app.services.entities import TASK
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.crud.test_bad_input import COLLEAGUE, CONTACT, DATE, SPRING, limit
from tests.web.page_reader import get, send
from tests.web.pages.test_calls import local, minute

# Nobody has this id; written out, for the tests' names must be the same in every process.
UNKNOWN = "11111111-2222-4333-8444-555555555555"
Stored = Callable[..., list[Any]]


def test_a_new_task_is_saved_with_everything_that_was_typed(
    ana: FlaskClient, people: People, contact: Contact, now: Any, stored: Stored
) -> None:
    typed = {
        "text": "Pedir cita\r\ny avisar",
        "entity_id": str(contact.id),
        "complete_till": local(now + timedelta(hours=26)),
        "coverage_user_id": str(people.cover.id),
    }
    page = send(ana, "/tasks/new", **typed)
    task = stored(select(Task))[0]
    assert page.path == f"/tasks/{task.id}"
    assert {name: getattr(task, name) for name in (*typed, "responsible_user_id", "is_completed")} == {
        "text": "Pedir cita\ny avisar",
        "entity_id": contact.id,
        "complete_till": minute(now + timedelta(hours=26)),
        "coverage_user_id": people.cover.id,
        "responsible_user_id": people.responsible.id,
        "is_completed": False,
    }
    assert "Tarea guardada. Hay 3 recordatorios previstos. El próximo saldrá el " in page.words
    assert page.words.count("ver cómo quedará") == 3


def test_a_task_needs_no_contact_and_no_date_and_can_be_done_all_the_same(ana: FlaskClient, stored: Stored) -> None:
    page = send(ana, "/tasks/new", text="Ordenar la estantería")
    assert "Sin fecha, así que no se recuerda a nadie." in page.words
    done = send(ana, page.path, action=f"{page.path}/done")
    assert "Marcado como hecho. Deshacer" in done.words
    assert [(task.is_completed, task.entity_id, task.complete_till) for task in stored(select(Task))] == [
        (True, None, None)
    ]
    assert stored(select(FollowUp)) == []


def test_result_is_stored_and_undo_restores_the_reminders(ana: FlaskClient, make: Make, stored: Stored) -> None:
    path = f"/tasks/{make(TASK).id}"
    done = send(ana, path, action=f"{path}/done", note="Le dieron cita el martes.")
    shown = "Marcado como hecho. Recordatorios retirados: 24 horas, 1 hora y 15 minutos antes."
    assert shown in done.words and stored(select(Reminder)) == []
    undo = done.forms[1]
    assert (undo.action, undo.fields["done"]) == (f"{path}/done", "0")
    undone = ana.post(undo.action, data=undo.fields, follow_redirects=True)
    assert "Recordatorios previstos de nuevo: 24 horas, 1 hora y 15 minutos antes." in undone.text
    assert len(stored(select(Reminder))) == 3
    notes = {
        change.action: change.note for change in stored(select(AuditEntry).where(AuditEntry.entity_type == "task"))
    }
    assert notes == {"created": None, "completed": "Le dieron cita el martes.", "reopened": None}


def test_undoing_late_brings_back_only_what_is_still_ahead(ana: FlaskClient, make: Make) -> None:
    path = f"/tasks/{make(TASK, 2).id}"
    send(ana, path, action=f"{path}/done")
    undone = send(ana, path, action=f"{path}/done")
    assert "Recordatorios previstos de nuevo: 1 hora y 15 minutos antes." in undone.words


def test_deleting_a_task_asks_first(ana: FlaskClient, make: Make, stored: Stored) -> None:
    path = f"/tasks/{make(TASK).id}"
    page = get(ana, f"{path}/delete")
    assert "¿Borrar la tarea «Pedir cita»?" in page.words and len(stored(select(Task))) == 1
    gone = send(ana, f"{path}/delete")
    assert (gone.path, stored(select(Task)), stored(select(Reminder))) == ("/tasks", [], [])


def test_the_open_ones_are_listed_first_of_all_and_the_done_ones_on_demand(ana: FlaskClient, make: Make) -> None:
    make(TASK, text="La abierta")
    path = f"/tasks/{make(TASK, text='La hecha').id}"
    send(ana, path, action=f"{path}/done")
    listed = {
        state: [text for text in ("La abierta", "La hecha") if text in get(ana, f"/tasks{state}").words]
        for state in ("", "?state=open", "?state=done", "?state=all", "?state=nonsense")
    }
    assert listed == {
        "": ["La abierta"],
        "?state=open": ["La abierta"],
        "?state=done": ["La hecha"],
        "?state=all": ["La abierta", "La hecha"],
        "?state=nonsense": ["La abierta"],
    }


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("text", "", "Escribe lo que hay que hacer."),
        ("text", " \x0b ", "No puede quedar vacío."),
        ("text", "x" * 20_001, limit(20_000)["es"]),
        ("complete_till", "2027-03-28T02:30", SPRING["es"]),
        ("complete_till", "10^20", DATE["es"]),
        ("entity_id", UNKNOWN, CONTACT["es"]),
        ("responsible_user_id", UNKNOWN, COLLEAGUE["es"]),
        ("coverage_user_id", "nobody", COLLEAGUE["es"]),
    ],
)
def test_invalid_value_is_explained_beside_its_field(
    ana: FlaskClient, stored: Stored, field: str, typed: str, sentence: str
) -> None:
    page = send(ana, "/tasks/new", **({"text": "Pedir cita"} | {field: typed}))
    assert (page.status, page.errors, stored(select(Task))) == (422, {field: sentence}, [])


def test_a_contact_in_the_address_is_chosen_if_it_exists(ana: FlaskClient, contact: Contact) -> None:
    chosen = {
        chosen: get(ana, f"/tasks/new?contact={chosen}").form("/tasks/new").fields["entity_id"]
        for chosen in (str(contact.id), str(uuid4()), "x")
    }
    assert list(chosen.values()) == [str(contact.id), "", ""]
