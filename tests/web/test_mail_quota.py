"""Too many mails to one colleague in a minute: said beside the cover, or on the page of the button."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app import clock
from coverage_app.enums import EventKind
from coverage_app.models import Call, Contact, FollowUp
from coverage_app.services import mail_quota, records
from coverage_app.services.entities import CALL
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import MakeCall
from tests.web.page_reader import Page, get, send

pytestmark = ON_SQLITE
BEGINNING = "Bea Soto recibiría más de 1 recordatorios tuyos en el mismo minuto: "
Stored = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def full(monkeypatch: pytest.MonkeyPatch, make_call: MakeCall) -> Call:
    """The call that fills the minutes of Bea that are 48 hours from now."""
    monkeypatch.setattr(mail_quota, "MOST", 1)
    return make_call(48)


def typed(at: datetime) -> str:
    return clock.to_local(at, "Europe/Madrid").strftime("%Y-%m-%dT%H:%M:%S")


def test_a_form_says_it_beside_the_cover_and_keeps_what_was_typed(
    ana: FlaskClient, make_call: MakeCall, people: People, contact: Contact, full: Call
) -> None:
    fields = {"proxima_llamada_fecha": typed(full.proxima_llamada_fecha), "note": "Traer el contrato"}
    chosen = {"coverage_user_id": str(people.cover.id), "entity_id": str(contact.id)}
    for path in ("/calls/new", f"/calls/{make_call(72).id}/edit"):
        page = send(ana, path, **fields, **chosen)
        assert (page.status, list(page.errors)) == (422, ["coverage_user_id"])
        assert page.errors["coverage_user_id"].startswith(BEGINNING)
        assert page.form(path).fields | fields | chosen == page.form(path).fields


def test_the_cover_of_a_line_is_refused_in_its_own_form(
    ana: FlaskClient, make_call: MakeCall, people: People, stored: Stored
) -> None:
    other = make_call(48, coverage_user_id=people.outsider.id)
    (line,) = stored(select(FollowUp).where(FollowUp.entity_id == other.id))
    page = send(ana, f"/follow-ups/{line.id}/cover", cover=str(people.cover.id))
    assert (page.status, page.errors["cover"][: len(BEGINNING)]) == (422, BEGINNING)
    assert stored(select(Call.coverage_user_id).where(Call.id == other.id)) == [people.outsider.id]


def test_a_button_that_has_no_field_says_it_on_the_page(
    ana: FlaskClient, make_call: MakeCall, people: People, full: Call, now: datetime, stored: Stored
) -> None:
    records.complete(CALL, full.id, EventKind.NEXT_CALL, done=True, by=people.responsible, now=now)
    other = make_call(72)
    records.save(CALL, other.id, {"proxima_llamada_fecha": full.proxima_llamada_fecha}, by=people.responsible, now=now)
    page = send(ana, f"/calls/{full.id}", action=f"/calls/{full.id}/done")
    assert BEGINNING in page.words
    assert stored(select(Call.proxima_llamada_done_at).where(Call.id == full.id)) != [None]


def test_a_line_of_the_calendar_stays_where_it_is(
    ana: FlaskClient, make_call: MakeCall, full: Call, stored: Stored
) -> None:
    other = make_call(72)
    (line,) = stored(select(FollowUp).where(FollowUp.entity_id == other.id))
    token = get(ana, f"/calls/{other.id}/edit").form(f"/calls/{other.id}/edit").fields["csrf_token"]
    wish = {"csrf_token": token, "version": "1", "to": typed(full.proxima_llamada_fecha)}
    page = Page(ana.post(f"/follow-ups/{line.id}/move", data=wish, follow_redirects=True))
    assert BEGINNING in page.words
    assert stored(select(FollowUp.due_at).where(FollowUp.id == line.id)) == [line.due_at]


def test_nobody_else_is_refused_for_it(alicia: FlaskClient, people: People, contact: Contact, full: Call) -> None:
    fields = {"proxima_llamada_fecha": typed(full.proxima_llamada_fecha), "entity_id": str(contact.id)}
    page = send(alicia, "/calls/new", coverage_user_id=str(people.cover.id), **fields)
    assert (page.status, page.errors) == (200, {})
