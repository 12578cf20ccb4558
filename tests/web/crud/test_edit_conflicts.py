"""Two people edit the same record: the second is shown both values, and decides."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import Call, Contact
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import Page, get, send

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]


def test_the_second_sees_what_the_first_stored_and_may_replace_it(
    ana: FlaskClient, sign_in: SignIn, people: People, make_call: MakeCall, stored: Stored
) -> None:
    path = f"/calls/{make_call().id}/edit"
    drawn = get(ana, path).form(path).fields
    send(sign_in(people.cover), path, note="la de Bea", coverage_user_id=str(people.outsider.id))
    refused = Page(ana.post(path, data=drawn | {"note": "la de Ana"}))
    assert (refused.status, refused.errors) == (
        409,
        {"note": "Ahora hay guardado: la de Bea", "coverage_user_id": "Ahora hay guardado: Carlos Vidal"},
    )
    assert "Alguien ha cambiado esto mientras tanto" in refused.words
    again = refused.form(path).fields
    assert (again["note"], again["coverage_user_id"]) == ("la de Ana", str(people.cover.id))
    assert stored(select(Call.note)) == ["la de Bea"]
    assert ana.post(path, data=again).status_code == 302
    assert stored(select(Call.note)) == ["la de Ana"]


def test_the_same_change_by_both_is_no_news(
    ana: FlaskClient, sign_in: SignIn, people: People, make_call: MakeCall, stored: Stored
) -> None:
    path = f"/calls/{make_call().id}/edit"
    form = get(ana, path).form(path).fields | {"note": "la misma"}
    send(sign_in(people.cover), path, note="la misma")
    assert ana.post(path, data=form).status_code == 302
    assert stored(select(Call.version)) == [2]


def test_a_contact_is_not_overwritten_unseen_either(ana: FlaskClient, contact: Contact, stored: Stored) -> None:
    path = f"/contacts/{contact.id}/edit"
    drawn = get(ana, path).form(path).fields
    send(ana, path, phone="")
    refused = Page(ana.post(path, data=drawn | {"name": "María P."}))
    assert (refused.status, refused.errors) == (
        409,
        {"name": "Ahora hay guardado: María Pérez", "phone": "Ahora no hay nada guardado"},
    )


def test_a_form_that_names_no_version_or_nonsense_is_saved(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    path = f"/calls/{make_call().id}/edit"
    form = get(ana, path).form(path).fields
    for version in ("", "x", "-1", "9" * 400, "１"):
        assert ana.post(path, data=form | {"version": version, "note": version[:9]}).status_code == 302
