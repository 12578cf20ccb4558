"""Long lists stay put while one pages through them; what one types is found however it is written."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app import clock
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, LeadOpportunity, PipelineStage, Reminder, Task
from coverage_app.services.entities import TASK
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall
from tests.web.page_reader import Page, get

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]


def pages(browser: FlaskClient, path: str, folder: str) -> list[list[str]]:
    """The records listed on each page, from the first to the last by its links, and back again."""
    found: list[list[str]] = []
    for mark in ("next", "prev"):
        while True:
            page = get(browser, path)
            listed = [link for link in page.links if link.startswith(f"{folder}/") and len(link) == len(folder) + 37]
            found.append(list(dict.fromkeys(listed)))
            if mark not in page.rel:
                break
            path = page.rel[mark]
    return found


def store_contacts(names: list[str], **columns: Any) -> list[str]:
    made = [Contact(id=uuid4(), name=name, **columns) for name in names]
    db.session.add_all(made)
    db.session.commit()
    return [f"/contacts/{contact.id}" for contact in made]


def test_contacts_of_the_same_name_are_each_listed_once(app: Flask, ana: FlaskClient) -> None:
    made = store_contacts(["María Pérez"] * 60)
    there = pages(ana, "/contacts", "/contacts")
    assert [len(page) for page in there] == [25, 25, 10, 10, 25, 25]
    assert sorted(chain(*there[:3])) == sorted(made)
    assert there[3:] == there[:3][::-1]


def test_calls_of_the_same_second_are_each_listed_once(
    app: Flask, ana: FlaskClient, people: People, contact: Contact, now: datetime
) -> None:
    calls = [
        Call(id=uuid4(), entity_id=contact.id, responsible_user_id=people.cover.id, called_at=now) for _ in range(30)
    ]
    db.session.add_all(calls)
    db.session.commit()
    there = pages(ana, "/calls", "/calls")
    assert sorted(chain(*there[:2])) == sorted(f"/calls/{call.id}" for call in calls)
    assert there[2:] == there[:2][::-1]


@ON_SQLITE
def test_in_every_order_that_a_list_offers_each_record_is_on_one_page(
    app: Flask, ana: FlaskClient, people: People, contact: Contact, now: datetime
) -> None:
    """Half of thirty alike in everything that one can sort by, half without a date."""
    owner, made = people.cover.id, {}
    for number in range(30):
        due, same = now if number % 2 else None, {"id": uuid4(), "created_at": now}
        about = Contact(**same, name="A")
        named = LeadOpportunity(**same, name="A", assigned_to_id=owner, next_follow_up_date=due)
        db.session.add_all([
            about, named, Task(**same, text="A", responsible_user_id=owner, complete_till=due),
            Call(**same, entity_id=contact.id, responsible_user_id=owner, called_at=now, proxima_llamada_fecha=due),
        ])  # fmt: skip
        db.session.flush()
        place = {"opportunity_id": named.id, "next_action_responsible_id": owner, "next_action_due_date": due}
        db.session.add(PipelineStage(**same, **place))
        made[number] = same["id"]
    db.session.commit()
    offered = {}
    for path in ("/calls", "/tasks", "/opportunities", "/pipeline/list", "/contacts"):
        folder = path.removesuffix("/list")
        [offered[path]] = [form.offered["order"] for form in get(ana, path).forms if "order" in form.offered]
        for order in offered[path]:
            there = pages(ana, f"{path}?order={order}", folder)
            half = len(there) // 2
            assert {f"{folder}/{one}" for one in made.values()} <= set(chain(*there[:half])), (path, order)
            assert len(list(chain(*there[:half]))) == 30 + (path == "/contacts"), (path, order)
            assert there[half:] == there[:half][::-1], (path, order)
    assert {path: len(orders) for path, orders in offered.items()} == {
        "/calls": 4, "/tasks": 3, "/opportunities": 4, "/pipeline/list": 3, "/contacts": 3}  # fmt: skip


@pytest.mark.parametrize("order", ["due", "due_last"])
@pytest.mark.parametrize(("folder", "path"), [("tasks", "/tasks"), ("opportunities", "/opportunities")])
def test_equal_dates_and_no_dates_are_each_listed_once_the_undated_last(
    app: Flask, ana: FlaskClient, people: People, now: datetime, folder: str, path: str, order: str
) -> None:
    due = [[now, now + timedelta(days=1), None][number % 3] for number in range(90)]
    if folder == "tasks":
        made: list[Any] = [Task(text="x", responsible_user_id=people.cover.id, complete_till=at) for at in due]
    else:
        made = [LeadOpportunity(name="x", assigned_to_id=people.cover.id, next_follow_up_date=at) for at in due]
    for one in made:
        one.id = uuid4()
    names = [(at is None, at, f"/{folder}/{one.id}") for one, at in zip(made, due, strict=True)]
    db.session.add_all(made)
    db.session.commit()
    there = pages(ana, f"{path}?order={order}", f"/{folder}")
    assert [len(page) for page in there] == [25, 25, 25, 15, 15, 25, 25, 25][: len(there)]
    found = list(chain(*there[:4]))
    assert sorted(found) == sorted(name for _, _, name in names)
    assert set(found[60:]) == {name for undated, _, name in names if undated}
    nearest = {name for _, at, name in names if at == now}
    assert set(found[:30] if order == "due" else found[30:60]) == nearest
    assert there[4:] == there[:4][::-1]


def test_a_list_keeps_its_filters_from_page_to_page(
    app: Flask, ana: FlaskClient, people: People, now: datetime
) -> None:
    for owner in (people.responsible, people.cover):
        db.session.add_all(
            Task(id=uuid4(), text="x", responsible_user_id=owner.id, complete_till=now) for _ in range(30)
        )
    db.session.commit()
    query = f"owner={people.cover.id}&cover=none&from={now:%Y-01-01}&state=all&order=due_last"
    there = pages(ana, f"/tasks?{query}", "/tasks")
    assert [len(page) for page in there] == [25, 5, 5, 25]


def test_a_day_of_a_filter_is_a_day_of_the_readers(ana: FlaskClient, make: Make) -> None:
    late = clock.read_local("2027-03-10T23:30", "Europe/Madrid").at
    make(TASK, None, text="De noche", complete_till=late)
    found = {
        (first, last): "De noche" in get(ana, f"/tasks?from={first}&to={last}").words
        for first, last in (("2027-03-10", "2027-03-10"), ("2027-03-11", ""), ("", "2027-03-09"), ("x", "9999-99-99"))
    }
    assert list(found.values()) == [True, False, False, True]


def test_what_is_added_meanwhile_moves_nothing_on_the_next_page(app: Flask, ana: FlaskClient) -> None:
    store_contacts([f"B{number:02d}" for number in range(40)])
    first = get(ana, "/contacts")
    store_contacts(["A"] * 10)
    assert get(ana, first.rel["next"]).words.count("B25") == 1


def test_forged_cursor_shows_the_first_page(ana: FlaskClient) -> None:
    marks = ["x", "%00", "W10", "e30", "WzAsMSwieCJd", "a" * 5000, "_external"]
    for value in ("\\ud800", "0001-01-01T00:00:00+14:00"):  # half of a surrogate pair; a moment before all of UTC
        marks.append(base64.urlsafe_b64encode(f'[0,"{value}","{uuid4()}"]'.encode()).decode().rstrip("="))
    strange = "&endpoint=x&_external=1&status=x&view=x&contact=x&order=x&state=x&stage=x&owner=x&cover=x&from=x&to=x"
    addresses = [
        f"{path}?at={mark}{strange}"
        for path in (
            "/calls",
            "/tasks",
            "/opportunities",
            "/pipeline",
            "/pipeline/list",
            "/contacts",
            "/deliveries",
            "/",
        )
        for mark in marks
    ]
    assert {path: ana.get(path).status_code for path in addresses} == dict.fromkeys(addresses, 200)


def test_a_contact_is_found_without_regard_to_case_accents_and_spacing(
    app: Flask, ana: FlaskClient, contact: Contact
) -> None:
    store_contacts(["Otra Persona"], phone="+34 911 222 333", note="100% nada_más")
    contact = db.session.get_one(Contact, contact.id)
    contact.note = "Olvidó su CONTRASEÑA"
    db.session.commit()
    for sought in ("maria perez", "MARÍA", "Pérez", "600000000", "600 00-00 00", "+34 600", "contrasena", "contraseña"):
        page = Page(ana.get("/contacts", query_string={"q": sought}))
        assert ("María Pérez" in page.words, "Otra Persona" in page.words) == (True, False), sought


def test_signs_of_the_query_language_are_looked_for_as_they_are(app: Flask, ana: FlaskClient, contact: Contact) -> None:
    store_contacts(["Otra Persona"], note="100% nada_más")
    for sought, found in {"%": 1, "_m": 1, "100%": 1, "\\": 0, "' OR 1=1 --": 0}.items():
        page = Page(ana.get("/contacts", query_string={"q": sought}))
        assert (page.words.count("Otra Persona"), page.words.count("María Pérez")) == (found, 0), sought


def test_a_search_without_result_says_so_and_keeps_what_was_sought(ana: FlaskClient) -> None:
    page = get(ana, "/calls?q=<nadie>%0A")
    assert "No se ha encontrado nada para «<nadie>»." in page.words
    assert page.form("/calls").fields["q"] == "<nadie>"


def test_calls_are_found_by_contact_telephone_result_note_and_promise(ana: FlaskClient, make_call: MakeCall) -> None:
    call = make_call(result="Interesada", note="La huella", proxima_accion="Enviar", phone="+34 911 000 222")
    for sought in ("perez", "911000222", "600000000", "INTERES", "huella", "enviar"):
        assert f"/calls/{call.id}" in get(ana, f"/calls?q={sought}").links


def test_empty_lists_say_what_they_are_for_and_how_to_begin(ana: FlaskClient) -> None:
    said = {
        "/": ("No tienes nada que cubrir", "/calls/new"),
        "/?view=for_me": ("Nadie te está cubriendo", "/calls/new"),
        "/?view=all": ("No hay nada prometido", "/calls/new"),
        "/tasks?state=all": ("Lo que hay que hacer y para cuándo", "/tasks/new"),
        "/opportunities": ("El trabajo que puede llegar", "/opportunities/new"),
        "/pipeline": ("Dónde está cada cosa", "/pipeline/new"),
        "/pipeline/list": ("Dónde está cada cosa", "/pipeline/new"),
        "/calls": ("Cada llamada y lo que se prometió en ella", "/calls/new"),
        "/contacts": ("Aquí están tus clientes", "/contacts/new"),
        "/deliveries": ("Todavía no hay recordatorios previstos", "/calls/new"),
        "/deliveries?status=failed": ("No hay ningún recordatorio en ese estado.", "/deliveries"),
    }
    for path, (sentence, link) in said.items():
        page = get(ana, path)
        assert sentence in page.words and link in page.links, path


def test_deliveries_are_listed_by_state_the_latest_send_time_first(
    app: Flask, ana: FlaskClient, make_call: MakeCall, stored: Stored, now: datetime
) -> None:
    make_call(48)
    rows = stored(select(Reminder).order_by(Reminder.scheduled_send_at.desc()))
    one = db.session.merge(rows[1])
    one.status, one.last_error = "skipped", "superseded"
    db.session.commit()
    listed = {
        path: [link for link in get(ana, path).links if link.startswith("/deliveries/")]
        for path in ("/deliveries", "/deliveries?status=pending", "/deliveries?status=skipped")
    }
    names = [f"/deliveries/{row.id}" for row in rows]
    assert listed == {
        "/deliveries": names,
        "/deliveries?status=pending": [names[0], names[2]],
        "/deliveries?status=skipped": [names[1]],
    }
    assert now + timedelta(hours=47) < rows[0].scheduled_send_at


def test_a_contact_with_calls_is_not_deleted_and_shows_them(
    ana: FlaskClient, make_call: MakeCall, contact: Contact, stored: Stored
) -> None:
    make_call(), make_call()
    path = f"/contacts/{contact.id}"
    form = get(ana, f"{path}/edit").form(f"{path}/edit").fields
    page = Page(ana.post(f"{path}/delete", data=form))
    assert (page.status, len(stored(select(Contact)))) == (409, 1)
    assert "No se puede borrar a María Pérez" in page.words and "2 llamadas" in page.words
    assert f"/calls?contact={contact.id}&state=all" in page.links
    assert [form.action for form in page.forms] == ["/sign-out", f"{path}/delete"]
