"""An opportunity: followed up, put in the pipeline, won or lost, and what that does to its reminders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import Contact, LeadOpportunity, PipelineStage, Reminder
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.crud.test_bad_input import COLLEAGUE, CONTACT, SPRING, limit
from tests.web.page_reader import get, send
from tests.web.pages.test_calls import local, minute

# Nobody has this id; written out, for the tests' names must be the same in every process.
UNKNOWN = "11111111-2222-4333-8444-555555555555"
Stored = Callable[..., list[Any]]


def test_a_new_opportunity_is_saved_with_everything_that_was_typed(
    ana: FlaskClient, people: People, contact: Contact, now: Any, stored: Stored
) -> None:
    typed = {
        "name": "Nacionalidad de la familia",
        "contact_id": str(contact.id),
        "next_follow_up_date": local(now + timedelta(hours=26)),
        "coverage_user_id": str(people.cover.id),
    }
    page = send(ana, "/opportunities/new", **typed)
    made = stored(select(LeadOpportunity))[0]
    assert page.path == f"/opportunities/{made.id}"
    assert {name: getattr(made, name) for name in (*typed, "assigned_to_id", "status")} == {
        "name": "Nacionalidad de la familia",
        "contact_id": contact.id,
        "next_follow_up_date": minute(now + timedelta(hours=26)),
        "coverage_user_id": people.cover.id,
        "assigned_to_id": people.responsible.id,
        "status": "open",
    }
    assert "Oportunidad guardada. Hay 3 recordatorios previstos." in page.words


@pytest.mark.parametrize(("to", "shown"), [("won", "Ganada"), ("lost", "Perdida")])
def test_won_or_lost_its_follow_up_counts_as_done_until_it_is_undone(
    ana: FlaskClient, make: Make, stored: Stored, to: str, shown: str
) -> None:
    path = f"/opportunities/{make(OPPORTUNITY).id}"
    form = get(ana, path).form(f"{path}/move").fields
    closed = send(ana, path, action=f"{path}/move", **(form | {"to": to}))
    leads = "24 horas, 1 hora y 15 minutos antes."
    assert f"{shown}. Su seguimiento se da por hecho. Recordatorios retirados: {leads}" in closed.words
    assert "así que esto se da por hecho." in closed.words and stored(select(Reminder)) == []
    assert f"{path}/done" not in [form.action for form in closed.forms]
    undo = closed.forms[1]
    undone = ana.post(undo.action, data=undo.fields, follow_redirects=True)
    assert f"Vuelve a estar pendiente. Recordatorios previstos de nuevo: {leads}" in undone.text
    assert stored(select(LeadOpportunity.status)) == ["open"] and len(stored(select(Reminder))) == 3


def test_closed_on_the_form_it_says_so_too(ana: FlaskClient, make: Make) -> None:
    path = f"/opportunities/{make(OPPORTUNITY).id}"
    page = send(ana, f"{path}/edit", status="won")
    assert "Oportunidad guardada. Ganada. Su seguimiento se da por hecho." in page.words
    assert "recordatorio" not in page.words.split("Ganada.")[1].split("Ganada")[0]


def test_opportunity_page_adds_a_stage_and_edits_its_next_action(ana: FlaskClient, make: Make, stored: Stored) -> None:
    opportunity = make(OPPORTUNITY)
    page = get(ana, f"/opportunities/{opportunity.id}")
    [link] = [link for link in page.links if link.startswith("/pipeline/new?opportunity=")]
    form = get(ana, link).form("/pipeline/new")
    assert form.fields["opportunity_id"] == str(opportunity.id)
    assert form.offered["opportunity_id"][str(opportunity.id)] == "Arraigo · María Pérez"
    ana.post("/pipeline/new", data=form.fields | {"stage_name": "proposal", "next_action_type": "Enviar presupuesto"})
    [stage] = stored(select(PipelineStage))
    assert (stage.opportunity_id, stage.contact_id, stage.stage_name) == (opportunity.id, None, "proposal")
    again = get(ana, f"/opportunities/{opportunity.id}")
    assert "En el embudo Editar fase y próxima acción Propuesta Enviar presupuesto" in again.words
    assert f"/pipeline/{stage.id}/edit" in again.links and link not in again.links


def test_deleting_it_takes_its_stage_and_every_reminder_along(ana: FlaskClient, make: Make, stored: Stored) -> None:
    opportunity = make(OPPORTUNITY)
    make(PIPELINE_ACTION, opportunity_id=opportunity.id, contact_id=None)
    page = get(ana, f"/opportunities/{opportunity.id}/delete")
    assert "¿Borrar la oportunidad «Arraigo»? Se borran la oportunidad, su lugar en el embudo" in page.words
    gone = send(ana, f"/opportunities/{opportunity.id}/delete")
    assert gone.path == "/opportunities"
    for model in (LeadOpportunity, PipelineStage, Reminder):
        assert stored(select(model)) == []


def test_they_are_filtered_by_status(ana: FlaskClient, make: Make) -> None:
    for status in ("open", "won", "lost"):
        make(OPPORTUNITY, name=f"La {status}", status=status)
    listed = {
        query: [name for name in ("La open", "La won", "La lost") if name in get(ana, f"/opportunities{query}").words]
        for query in ("", "?status=won", "?status=nonsense")
    }
    every = ["La open", "La won", "La lost"]
    assert listed == {"": every, "?status=won": ["La won"], "?status=nonsense": every}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Escribe un nombre."),
        ("name", "x" * 201, limit(200)["es"]),
        ("status", "signed", "Elige una opción de la lista."),
        ("next_follow_up_date", "2027-03-28T02:30", SPRING["es"]),
        ("contact_id", UNKNOWN, CONTACT["es"]),
        ("assigned_to_id", UNKNOWN, COLLEAGUE["es"]),
        ("coverage_user_id", UNKNOWN, COLLEAGUE["es"]),
    ],
)
def test_invalid_value_is_explained_beside_its_field(
    ana: FlaskClient, stored: Stored, field: str, typed: str, sentence: str
) -> None:
    page = send(ana, "/opportunities/new", **({"name": "Arraigo"} | {field: typed}))
    assert (page.status, page.errors, stored(select(LeadOpportunity))) == (422, {field: sentence}, [])


def test_a_status_that_does_not_exist_is_refused(ana: FlaskClient, make: Make, stored: Stored) -> None:
    path = f"/opportunities/{make(OPPORTUNITY).id}"
    form = get(ana, path).form(f"{path}/move").fields
    assert ana.post(f"{path}/move", data=form | {"to": "signed"}).status_code == 400
    assert stored(select(LeadOpportunity.status)) == ["open"]
