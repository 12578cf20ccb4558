"""History: on each record's page and, for administrators, of everything: in words, found again, exported."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, User
from coverage_app.services import accounts, contacts, records
from coverage_app.services.entities import CALL, ENTITIES, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall, SignIn
from tests.web.page_reader import Page, get, send
from tests.web.pages.test_calls import local
from tests.web.test_query_counts import counting

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]


def history(page: Page) -> str:
    """What the page says below the heading of its history."""
    _, heading, shown = page.words.rpartition("Historial En hora de Madrid.")
    assert heading
    return shown


def test_a_change_names_who_when_and_from_which_value_to_which(
    people: People, make_call: MakeCall, sign_in: SignIn, now: Any
) -> None:
    call = make_call(48, result="No contesta")
    moved = now + timedelta(hours=72)
    typed = {
        "result": "Interesada",
        "proxima_llamada_fecha": local(moved),
        "coverage_user_id": str(people.outsider.id),
        "direction": "in",
        "duration": "12:30",
    }
    page = send(sign_in(people.cover), f"/calls/{call.id}/edit", **typed)
    shown = history(page)
    assert "Cambio" in shown and "Bea Soto · responsable: Ana Ruiz" in shown
    for difference in (
        "Resultado: No contesta cambiado a Interesada",
        "Cobertura: Bea Soto cambiado a Carlos Vidal",
        "Quién llamó: Llamamos nosotros cambiado a Llamó el contacto",
        "Duración: 12 min 30 s",
        "Contacto: María Pérez",
    ):
        assert difference in shown, difference
    assert shown.count("Próxima llamada:") == 2


def test_what_was_done_says_which_event_and_how_it_went(people: People, make_call: MakeCall, ana: FlaskClient) -> None:
    call = make_call(48)
    for done, note in ((True, "Quedamos\nel lunes"), (False, None)):
        records.complete(CALL, call.id, "next_call", done=done, by=people.cover, now=utcnow(), note=note)
    shown = history(get(ana, f"/calls/{call.id}"))
    assert shown.index("Reabierto: Próxima llamada") < shown.index("Hecho: Próxima llamada") < shown.index("Alta")
    assert "Quedamos el lunes" in shown and "done_at" not in shown


def test_a_record_that_was_done_when_it_was_made_says_so_in_words(
    make_call: MakeCall, ana: FlaskClient, now: Any
) -> None:
    """As an import makes it: no form has the column."""
    shown = history(get(ana, f"/calls/{make_call(48, proxima_llamada_done_at=now).id}"))
    assert "Próxima llamada hecha: " in shown and "proxima_llamada_done_at" not in shown


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.folder)
def test_record_history_shows_no_column_name_and_no_id(
    app: Flask, people: People, make: Make, ana: FlaskClient, entity: Entity, now: Any
) -> None:
    made = make(entity, 48)
    records.save(entity, made.id, {entity.cover: None}, by=people.outsider, now=now + timedelta(seconds=1))
    shown = history(get(ana, f"/{entity.folder}/{made.id}"))
    assert "Cobertura: Bea Soto cambiado a nada" in shown
    assert "Fase: Nuevo cambiado" not in shown, "a default is not what it was before"
    assert [name for name in set(entity.model.__table__.columns.keys()) if f"{name}:" in shown] == []
    assert str(made.id) not in shown and str(people.cover.id) not in shown


def test_a_contacts_history_is_on_its_page_in_english_too(app: Flask, people: People, sign_in: SignIn) -> None:
    made = contacts.create(uuid4(), {"name": "Ahmed", "phone": "600"}, by=people.cover, now=utcnow())
    contacts.save(
        made.id, {"phone": "601", "note": "<b>Nota</b>"}, by=people.outsider, now=utcnow() + timedelta(seconds=2)
    )
    db.session.get_one(User, people.responsible.id).locale = "en"
    db.session.commit()
    page = get(sign_in(people.responsible), f"/contacts/{made.id}")
    shown = page.words.rpartition("History Times in Madrid time.")[2]
    assert "Telephone: 600 changed to 601 Note: <b>Nota</b>" in shown
    assert shown.index("Changed") < shown.index("Carlos Vidal") < shown.index("Added") < shown.index("Bea Soto")


def test_a_long_history_comes_in_pages(app: Flask, people: People, ana: FlaskClient) -> None:
    made = contacts.create(uuid4(), {"name": "N00"}, by=people.cover, now=utcnow())
    for number in range(1, 13):
        contacts.save(made.id, {"name": f"N{number:02d}"}, by=people.cover, now=utcnow())
    first = get(ana, f"/contacts/{made.id}")
    assert (history(first).count("cambiado a N"), "Alta" in history(first)) == (10, False)
    older = next(link for link in first.links if "?h=" in link)
    second = get(ana, older.partition("#")[0])
    assert (history(second).count("cambiado a N"), "Alta" in history(second)) == (2, True)
    assert get(ana, f"/contacts/{made.id}?h=nonsense").status == 200


def test_a_long_history_costs_as_many_questions_as_a_short_one(
    app: Flask, people: People, make_call: MakeCall, ana: FlaskClient
) -> None:
    call, costs = make_call(48), []
    for _ in range(2):
        for number in range(5):
            cover = (people.outsider, people.cover)[number % 2].id
            records.save(CALL, call.id, {"coverage_user_id": cover}, by=people.admin, now=utcnow())
        with counting(app) as said:
            ana.get(f"/calls/{call.id}")
        costs.append(len(said))
    assert costs[0] == costs[1]


@pytest.fixture
def busy_firm(app: Flask, people: People, make: Make, now: Any) -> None:
    """One change of each kind, by different people, on different days."""
    for entity in (TASK, OPPORTUNITY, PIPELINE_ACTION):
        make(entity, None, by=people.admin)
    made = contacts.create(uuid4(), {"name": "Ahmed Benali"}, by=people.outsider, now=now - timedelta(days=3))
    contacts.save(made.id, {"name": "=HYPERLINK(1)"}, by=people.outsider, now=now - timedelta(days=2))
    accounts.save(people.cover.id, {"role": "admin"}, by=None, now=now - timedelta(days=1))


def found(browser: FlaskClient, query: str) -> int:
    answer = browser.get(f"/history{query}")
    assert answer.status_code == 200
    return answer.text.count('<th scope="row">')


def test_the_history_of_all_is_found_by_person_kind_action_period_and_text(
    busy_firm: None, alicia: FlaskClient, people: People, now: Any
) -> None:
    def day(days: int) -> str:
        return local(now - timedelta(days=days))[:10]

    expected = {
        "": 6,
        f"?owner={people.outsider.id}": 2,
        f"?owner={people.admin.id}": 3,
        "?kind=contact": 2,
        "?kind=user": 1,
        "?kind=task&action=created": 1,
        "?action=updated": 2,
        "?action=deleted": 0,
        f"?from={day(2)}&to={day(1)}": 2,
        f"?to={day(3)}": 1,
        "?q=AHMED": 1,
        "?q=hyperlink": 1,
        "?q=nobody": 0,
        "?kind=x&action=x&owner=x&from=x&at=x": 6,
    }
    assert {query: found(alicia, query) for query in expected} == expected


def test_the_history_of_all_costs_as_many_questions_however_much_there_is(
    app: Flask, busy_firm: None, alicia: FlaskClient, people: People, make: Make
) -> None:
    costs = []
    for _ in range(2):
        with counting(app) as said:
            alicia.get("/history")
        costs.append(len(said))
        for number in range(30):
            make(ENTITIES[list(ENTITIES)[number % 2]], None)
    assert costs[0] == costs[1]


def test_history_names_the_command_that_made_a_change(busy_firm: None, alicia: FlaskClient) -> None:
    page = get(alicia, "/history?kind=user")
    assert "una orden en el servidor" in page.words and "Rol: Equipo cambiado a Administración" in page.words


def test_pages_of_the_history_show_each_change_once(
    app: Flask, alicia: FlaskClient, people: People, stored: Stored, now: Any
) -> None:
    db.session.add_all(
        AuditEntry(at=now, entity_type="task", entity_id=uuid4(), action="deleted", subject=f"N{n}", values={})
        for n in range(60)
    )
    db.session.commit()
    seen, path = [], "/history"
    while path:
        page = get(alicia, path)
        seen += [word for word in page.words.split() if word.startswith("N") and word[1:].isdigit()]
        path = page.rel.get("next")
    assert sorted(seen) == sorted(stored(select(AuditEntry.subject)))


def exported(browser: FlaskClient, query: str = "") -> list[list[str]]:
    answer = browser.get(f"/history/export.csv{query}")
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_export_is_what_the_filter_shows_a_line_for_each_value(
    busy_firm: None, alicia: FlaskClient, people: People, now: Any
) -> None:
    def at(days: int) -> str:
        return local(now - timedelta(days=days)).replace("T", " ")[:16]

    heading = [
        "Cuándo",
        "Quién",
        "Responsable",
        "Qué",
        "Tipo de registro",
        "Registro",
        "Campo",
        "Antes",
        "Después",
        "Nota",
    ]
    contact = [
        "Carlos Vidal",
        "",
        "Cambio",
        "Contacto",
        "'=HYPERLINK(1)",
        "Nombre",
        "Ahmed Benali",
        "'=HYPERLINK(1)",
        "",
    ]
    made = ["Carlos Vidal", "", "Alta", "Contacto", "Ahmed Benali", "Nombre", "", "Ahmed Benali", ""]
    assert exported(alicia, "?kind=contact") == [heading, [at(2), *contact], [at(3), *made]]
    assert exported(alicia, "?q=nobody") == [heading]


def test_the_export_has_what_many_pages_show(app: Flask, alicia: FlaskClient, now: Any) -> None:
    db.session.add_all(
        AuditEntry(at=now, entity_type="contact", entity_id=uuid4(), action="deleted", subject=f"N{n}", values={})
        for n in range(1203)
    )
    db.session.commit()
    assert sorted(line[5] for line in exported(alicia)[1:]) == sorted(f"N{n}" for n in range(1203))


def test_an_empty_history_says_so(alicia: FlaskClient) -> None:
    assert "Todavía no hay nada anotado." in get(alicia, "/history").words
    assert "Aquí no hay nada que cumpla los filtros." in get(alicia, "/history?action=deleted").words
