"""A list as a file: exactly what the filter shows, readable by a spreadsheet, harmless in it."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coverage_app.extensions import db
from coverage_app.models import Contact, Task
from coverage_app.services.entities import CALL, ENTITIES, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from coverage_app.services.queries import list_query
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.page_reader import get
from tests.web.pages.test_calls import local

pytestmark = BOTH_DATABASES

Lines = list[list[str]]


def exported(browser: FlaskClient, path: str) -> Lines:
    answer = browser.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf") and "\r\n" in text
    return list(csv.reader(StringIO(text, newline=""), delimiter=";"))


def written(at: Any) -> str:
    return local(at).replace("T", " ")


def test_every_kind_says_everything_in_the_readers_words_and_zone(ana: FlaskClient, make: Make, now: Any) -> None:
    due = written(now + timedelta(hours=48))
    make(CALL, result="Interesada", note="Una\ndos"), make(TASK), make(OPPORTUNITY), make(PIPELINE_ACTION)
    people, who = ["Ana Ruiz", "Bea Soto"], ["María Pérez", "'+34 600 000 000"]
    assert {folder: exported(ana, f"/{folder}/export.csv") for folder in ENTITIES_BY_FOLDER} == {
        "calls": [
            ["Cuándo", "Contacto", "Teléfono", "Quién llamó", "Teléfono de esta llamada", "Duración", "Resultado",
             "Nota", "Próxima llamada", "Próxima llamada hecha", "Próxima acción", "Qué hay que hacer",
             "Próxima acción hecha", "Responsable", "Cobertura"],
            [written(now), *who, "Llamamos nosotros", "", "", "Interesada", "Una\ndos", due, "", "", "", "", *people],
        ],
        "tasks": [
            ["Qué hay que hacer", "Contacto", "Teléfono", "Fecha límite", "Hecho", "Responsable", "Cobertura"],
            ["Pedir cita", *who, due, "", *people],
        ],
        "opportunities": [
            ["Nombre", "Contacto", "Teléfono", "Situación", "Ganada o perdida el", "Próximo seguimiento", "Hecho",
             "Responsable", "Cobertura"],
            ["Arraigo", *who, "Abierta", "", due, "", *people],
        ],
        "pipeline": [
            ["Oportunidad", "Contacto", "Teléfono", "Fase", "Próxima acción", "Descripción", "Fecha límite", "Hecho",
             "Responsable", "Cobertura"],
            ["", *who, "Nuevo", "Reunión", "", due, "", *people],
        ],
    }  # fmt: skip


ENTITIES_BY_FOLDER = {entity.folder: entity for entity in ENTITIES.values()}
NARROWED = ["", "?q=perez", "?owner={ana}", "?cover={bea}", "?cover=none", "?state=done", "?state=all&order=due_last",
            "?from={tomorrow}", "?to={tomorrow}", "?contact={contact}", "?q=nadie"]  # fmt: skip


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.folder)
def test_it_holds_exactly_what_the_pages_show_with_the_same_address(
    ana: FlaskClient, make: Make, people: People, contact: Contact, now: Any, entity: Entity
) -> None:
    for hours, changes in ((20, {}), (30, {entity.cover: None}), (40, {entity.responsible: people.outsider.id})):
        given = {"next_action_type": None, "contact_id": people_of(entity)} if entity is PIPELINE_ACTION else {}
        make(entity, hours, **(given | changes))
    values = {
        "ana": people.responsible.id,
        "bea": people.cover.id,
        "contact": contact.id,
        "tomorrow": local(now + timedelta(hours=24))[:10],
    }
    path = f"/{entity.folder}" + ("/list" if entity is PIPELINE_ACTION else "")
    for narrowed in (address.format(**values) for address in NARROWED):
        page = get(ana, path + narrowed)
        shown = [link for link in page.links if len(link) == len(f"/{entity.folder}/") + 36]
        assert len(exported(ana, f"/{entity.folder}/export.csv{narrowed}")) - 1 == len(dict.fromkeys(shown)), narrowed


def people_of(entity: Entity) -> Any:
    """Somebody new: a contact has one place in the pipeline."""
    made = Contact(id=uuid4(), name="Otra Pérez")
    db.session.add(made)
    db.session.commit()
    return made.id


def test_all_the_pages_are_in_it_each_row_once_in_their_order(
    app: Flask, ana: FlaskClient, people: People, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_query, "EXPORTED_AT_ONCE", 7)  # so that a few rows are many batches
    due = [now + timedelta(hours=1) if number % 2 else None for number in range(40)]
    made = [
        Task(id=uuid4(), text=f"T{number}", responsible_user_id=people.cover.id, complete_till=at)
        for number, at in enumerate(due)
    ]
    db.session.add_all(made)
    db.session.commit()
    lines = exported(ana, "/tasks/export.csv")[1:]
    assert sorted(line[0] for line in lines) == sorted(f"T{number}" for number in range(40))
    assert [bool(line[3]) for line in lines] == [True] * 20 + [False] * 20


def test_no_cell_begins_a_formula(ana: FlaskClient, make: Make) -> None:
    wicked = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "un;dos", 'di "no"', "=\u2028x"]
    for text in wicked:
        make(TASK, text=text)
    cells = {line[0] for line in exported(ana, "/tasks/export.csv")[1:]}
    assert cells == {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'=1", "un;dos", 'di "no"', "'=\nx"}


def test_contacts_are_exported_as_searched(app: Flask, ana: FlaskClient, contact: Contact) -> None:
    db.session.add(Contact(name="Otro"))
    db.session.commit()
    assert [line[0] for line in exported(ana, "/contacts/export.csv")] == ["Nombre", "María Pérez", "Otro"]
    assert [line[0] for line in exported(ana, "/contacts/export.csv?q=maria")] == ["Nombre", "María Pérez"]


def test_the_list_links_to_the_export_of_what_it_shows(ana: FlaskClient, make: Make) -> None:
    make(TASK)
    links = get(ana, "/tasks?q=cita&state=all&at=x").links
    assert [link for link in links if "export" in link] == ["/tasks/export.csv?q=cita&state=all"]
