"""The pipeline: a board and a list of the same, cards moved without JavaScript, the next action done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.enums import StageName
from coverage_app.extensions import db
from coverage_app.models import Contact, LeadOpportunity, PipelineStage, Reminder
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION, TASK
from coverage_app.services.queries import board
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.crud.test_bad_input import COLLEAGUE, CONTACT, DATE, limit
from tests.web.page_reader import Page, get, send
from tests.web.test_query_counts import counting

# Nobody has this id; written out, for the tests' names must be the same in every process.
UNKNOWN = "11111111-2222-4333-8444-555555555555"
Stored = Callable[..., list[Any]]
NAMES = ["Nuevo", "Contactado", "Reunión", "Propuesta", "Contrato", "Cerrado"]


def store_stages(people: People, stage: str, number: int, now: Any) -> None:
    opportunities = [LeadOpportunity(id=uuid4(), name=f"Nº {n}", assigned_to_id=people.cover.id) for n in range(number)]
    db.session.add_all(opportunities)
    db.session.flush()
    for n, one in enumerate(opportunities):
        due = None if n % 3 else now + timedelta(hours=n // 6)
        given = {"opportunity_id": one.id, "stage_name": stage, "next_action_due_date": due}
        db.session.add(PipelineStage(id=uuid4(), next_action_responsible_id=people.cover.id, **given))
    db.session.commit()


@BOTH_DATABASES
def test_board_has_a_column_for_each_stage_and_counts_what_is_hidden(
    app: Flask, ana: FlaskClient, people: People, now: Any
) -> None:
    store_stages(people, "proposal", board.CARDS + 4, now)
    store_stages(people, "closed", 2, now)
    page = get(ana, "/pipeline")
    heads = [f"{name} {count}" for name, count in zip(NAMES, [0, 0, 0, board.CARDS + 4, 0, 2], strict=True)]
    assert all(f"{head} " in page.words for head in heads)
    assert len([link for link in page.links if len(link) == len("/pipeline/") + 36]) == board.CARDS + 2
    assert "/pipeline/list?stage=proposal" in page.links and "/pipeline/list?stage=closed" not in page.links


def test_a_card_is_moved_by_its_form_and_back_by_the_message(ana: FlaskClient, make: Make, stored: Stored) -> None:
    stage = make(PIPELINE_ACTION)
    form = get(ana, "/pipeline").form(f"/pipeline/{stage.id}/move")
    assert list(form.offered["to"]) == list(StageName)
    moved = send(ana, "/pipeline", action=form.action, to="contract")
    assert moved.path == "/pipeline" and "La fase es ahora: Contrato. Deshacer" in moved.words
    assert stored(select(PipelineStage.stage_name)) == ["contract"]
    assert len(stored(select(Reminder))) == 3
    undo = moved.forms[1]
    ana.post(undo.action, data=undo.fields)
    assert stored(select(PipelineStage.stage_name)) == ["new"]
    assert ana.post(form.action, data=form.fields | {"to": "signed"}).status_code == 400
    assert ana.post(f"/pipeline/{uuid4()}/move", data=form.fields).status_code == 404


def test_moving_to_where_it_stands_says_nothing(ana: FlaskClient, make: Make) -> None:
    stage = make(PIPELINE_ACTION)
    page = send(ana, "/pipeline", action=f"/pipeline/{stage.id}/move")
    assert "La fase es ahora" not in page.words


def test_the_next_action_is_done_without_leaving_its_stage(ana: FlaskClient, make: Make, stored: Stored) -> None:
    path = f"/pipeline/{make(PIPELINE_ACTION).id}"
    done = send(ana, path, action=f"{path}/done", note="Fue bien")
    assert "Próxima acción: Reunión" in done.words and "Hecho el " in done.words
    assert (stored(select(Reminder)), stored(select(PipelineStage.stage_name))) == ([], ["new"])


def test_a_contact_without_an_opportunity_has_a_place_of_its_own(
    ana: FlaskClient, contact: Contact, stored: Stored
) -> None:
    page = send(ana, f"/pipeline/new?contact={contact.id}", action="/pipeline/new", stage_name="contacted")
    [stage] = stored(select(PipelineStage))
    assert (page.path, stage.contact_id, stage.opportunity_id) == (f"/pipeline/{stage.id}", contact.id, None)
    assert "María Pérez" in get(ana, "/pipeline").words


def test_what_is_in_the_pipeline_already_is_not_offered_again(ana: FlaskClient, make: Make) -> None:
    waiting, placed, won = make(OPPORTUNITY), make(OPPORTUNITY, name="Ya"), make(OPPORTUNITY, name="G", status="won")
    stage = make(PIPELINE_ACTION, opportunity_id=placed.id, contact_id=None)
    new = get(ana, "/pipeline/new").form("/pipeline/new").offered["opportunity_id"]
    path = f"/pipeline/{stage.id}/edit"
    known = get(ana, path).form(path).offered["opportunity_id"]
    assert (set(new), set(known)) == ({"", str(waiting.id)}, {"", str(waiting.id), str(placed.id)})
    assert str(won.id) not in known


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("contact_id", "", None),
        ("contact_id", UNKNOWN, CONTACT["es"]),
        ("opportunity_id", UNKNOWN, "Elige una oportunidad de la lista."),
        ("stage_name", "signed", "Elige una opción de la lista."),
        ("next_action_type", "x" * 121, limit(120)["es"]),
        ("next_action_description", "x" * 20_001, limit(20_000)["es"]),
        ("next_action_due_date", "mañana", DATE["es"]),
        ("next_action_responsible_id", UNKNOWN, COLLEAGUE["es"]),
        ("next_action_coverage_user_id", UNKNOWN, COLLEAGUE["es"]),
    ],
)
def test_invalid_value_is_explained_beside_its_field(
    ana: FlaskClient, contact: Contact, stored: Stored, field: str, typed: str, sentence: str | None
) -> None:
    page = send(ana, "/pipeline/new", **({"contact_id": str(contact.id)} | {field: typed}))
    wanted = {field: sentence} if sentence else {"opportunity_id": "Elige una oportunidad o un contacto."}
    assert (page.status, page.errors, stored(select(PipelineStage))) == (422, wanted, [])


def test_the_same_contact_is_in_the_pipeline_once(ana: FlaskClient, contact: Contact, make: Make) -> None:
    make(PIPELINE_ACTION)
    page = send(ana, "/pipeline/new", contact_id=str(contact.id))
    assert (page.status, page.errors) == (422, {"contact_id": "Ya está en el embudo."})


def test_the_board_and_the_list_are_narrowed_alike(
    app: Flask, ana: FlaskClient, people: People, make: Make, now: Any
) -> None:
    mine = make(PIPELINE_ACTION)
    store_stages(people, "new", 3, now)
    for path in ("/pipeline", "/pipeline/list"):
        page = get(ana, f"{path}?owner={people.responsible.id}")
        assert [link for link in page.links if len(link) == 46] == [f"/pipeline/{mine.id}"]
        assert "Aquí no hay nada que cumpla los filtros." in get(ana, f"{path}?stage=contract").words


def test_record_links_back_to_the_filtered_board_or_list_it_came_from(ana: FlaskClient, make: Make) -> None:
    stage, task = make(PIPELINE_ACTION), make(TASK)
    site = "http://localhost"
    came = {
        (f"/pipeline/{stage.id}", f"{site}/pipeline?stage=new"): "/pipeline?stage=new",
        (f"/pipeline/{stage.id}", f"{site}/pipeline/list?order=added"): "/pipeline/list?order=added",
        (f"/pipeline/{stage.id}", f"{site}/pipeline/{stage.id}/edit"): "/pipeline",
        (f"/pipeline/{stage.id}", "https://e.com/pipeline/list"): "/pipeline",
        (f"/pipeline/{stage.id}", f"{site}/pipeline/list?\\e"): "/",
        (f"/pipeline/{stage.id}", "http://[broken"): "/pipeline",
        (f"/tasks/{task.id}", f"{site}/tasks?state=all&at=WzA"): "/tasks?state=all&at=WzA",
        (f"/tasks/{task.id}", f"{site}/"): "/tasks",
    }
    found = {}
    for path, referrer in came:
        page = Page(ana.get(path, headers={"Referer": referrer}))
        found[path, referrer] = page.crumb
    assert found == came


def test_the_board_costs_the_same_however_much_there_is(app: Flask, ana: FlaskClient, people: People, now: Any) -> None:
    costs = []
    for number in (3, 60):
        for stage in StageName:
            store_stages(people, stage, number, now)
        with counting(app) as said:
            assert ana.get("/pipeline").status_code == 200
        costs.append(len(said))
    assert costs == [costs[0]] * 2 and costs[0] <= 6
