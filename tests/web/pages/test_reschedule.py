"""A line of the calendar on another day or hour: its record's date changes, reminders follow, undo brings it back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import read_local, utcnow
from coverage_app.models import Call, FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import records
from coverage_app.services.entities import CALL, ENTITIES, OPPORTUNITY, Entity
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall, SignIn
from tests.web.page_reader import Page, get

MADRID = "Europe/Madrid"
MONTH = "/calendar?view=all&day=2027-03-01"
Stored = Callable[..., list[Any]]


def madrid(text: str) -> datetime:
    return read_local(text, MADRID).at


def drop(browser: FlaskClient, follow_up: FollowUp, version: object = 1, **wish: str) -> Page:
    """What one reads after dropping the line on a page that knew the record's ``version``."""
    form = {"csrf_token": _token(browser), "next": MONTH, "version": str(version)} | wish
    return Page(browser.post(f"/follow-ups/{follow_up.id}/move", data=form, follow_redirects=True))


def _token(browser: FlaskClient) -> str:
    return next(form for form in get(browser, MONTH).forms if form.method == "post").fields["csrf_token"]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.type.value)
def test_on_another_day_it_keeps_its_hour_and_its_reminders_are_made_anew(
    entity: Entity, ana: FlaskClient, make: Make, stored: Stored
) -> None:
    made = make(entity, None, **{entity.events[0].due: madrid("2027-03-24T10:15:00")})
    [follow_up] = stored(select(FollowUp))
    page = drop(ana, follow_up, to="2027-03-29")  # the clocks change in between
    at = madrid("2027-03-29T10:15:00")
    assert stored(select(FollowUp.due_at)) == stored(select(getattr(entity.model, entity.events[0].due))) == [at]
    assert sorted(stored(select(Row.scheduled_send_at))) == [
        at - timedelta(hours=24), at - timedelta(hours=1), at - timedelta(minutes=15)]  # fmt: skip
    assert (page.path, page.status) == ("/calendar", 200)
    said = "se ha movido al lun 29 mar 2027, 10:15, hora de Madrid. Hay 3 recordatorios previstos: "
    said += "24 horas, 1 hora y 15 minutos antes."
    assert said in page.words

    undo = page.form(f"/follow-ups/{follow_up.id}/move")
    page = Page(ana.post(undo.action, data=undo.fields, follow_redirects=True))
    assert "se ha movido al mié 24 mar 2027, 10:15" in page.words
    assert stored(select(FollowUp.due_at)) == [madrid("2027-03-24T10:15:00")]
    assert set(stored(select(Row.event_due_date))) == {madrid("2027-03-24T10:15:00")}
    assert stored(select(entity.model.version)) == [made.version + 2]


@pytest.fixture
def call(make_call: MakeCall) -> Call:
    return make_call(None, proxima_llamada_fecha=madrid("2027-03-24T02:30"))


@pytest.fixture
def follow_up(call: Call, stored: Stored) -> FollowUp:
    found: FollowUp = stored(select(FollowUp))[0]
    return found


@ON_SQLITE
def test_the_page_knows_of_each_line_where_it_stands_and_at_which_version(
    ana: FlaskClient, call: Call, follow_up: FollowUp
) -> None:
    drawn = f'data-at="2027-03-24T02:30" data-move="/follow-ups/{follow_up.id}/move" data-version="1"'
    for shape in ("month", "week"):
        assert drawn in ana.get(f"/calendar?view=all&shape={shape}&day=2027-03-24").text


@ON_SQLITE
def test_on_another_hour_the_clocks_of_the_reader_count(ana: FlaskClient, follow_up: FollowUp, stored: Stored) -> None:
    page = drop(ana, follow_up, to="2027-10-31T02:30")
    assert stored(select(FollowUp.due_at)) == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]
    assert "Ese día los relojes marcan esa hora dos veces." in page.words


@ON_SQLITE
def test_undo_brings_back_the_very_moment_also_one_that_clocks_show_twice(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    second = datetime(2027, 10, 31, 1, 30, 7, tzinfo=UTC)  # 02:30:07, for the second time
    make_call(None, proxima_llamada_fecha=second)
    [moved] = stored(select(FollowUp))
    undo = drop(ana, moved, to="2027-11-02").form(f"/follow-ups/{moved.id}/move")
    assert stored(select(FollowUp.due_at)) == [datetime(2027, 11, 2, 1, 30, 7, tzinfo=UTC)]
    ana.post(undo.action, data=undo.fields)
    assert stored(select(FollowUp.due_at)) == [second]


@ON_SQLITE
@pytest.mark.parametrize(
    ("wish", "version", "said"),
    [
        ({"to": "2027-03-28"}, 1, "Esa hora no existe ese día"),
        ({"to": "2027-03-28T02:30"}, 1, "Esa hora no existe ese día"),
        ({"to": "1999-12-31"}, 1, "entre 2000 y 2100"),
        ({"to": "mañana"}, 1, "Escribe una fecha y una hora"),
        ({}, 1, "Escribe una fecha y una hora"),
        ({"at": "2027-03-29T10:00:00"}, 1, "Escribe una fecha y una hora"),
        ({"at": "0001-01-01T00:00:00+23:59"}, 1, "La fecha debe estar entre 2000 y 2100"),
        ({"to": "2027-03-29"}, 2, "Alguien lo ha cambiado mientras tanto"),
        ({"to": "2027-03-29"}, "", "Alguien lo ha cambiado mientras tanto"),
    ],
)
def test_what_cannot_be_is_said_and_the_line_stays(
    ana: FlaskClient, follow_up: FollowUp, stored: Stored, wish: dict[str, str], version: object, said: str
) -> None:
    rows = sorted(stored(select(Row.id)))
    page = drop(ana, follow_up, version, **wish)
    assert said in page.words
    assert stored(select(FollowUp.due_at)) == [madrid("2027-03-24T02:30")]
    assert (stored(select(Call.version)), sorted(stored(select(Row.id)))) == ([1], rows)


@ON_SQLITE
def test_what_is_done_deleted_or_unknown_does_not_move(
    ana: FlaskClient, people: People, call: Call, follow_up: FollowUp, make: Make, stored: Stored
) -> None:
    records.complete(CALL, call.id, "next_call", done=True, by=people.cover, now=utcnow())
    assert "Alguien lo ha cambiado mientras tanto" in drop(ana, follow_up, 2, to="2027-03-29").words
    won = make(OPPORTUNITY, 48, status="won")
    [ended] = stored(select(FollowUp).where(FollowUp.entity_id == won.id))
    assert "Alguien lo ha cambiado mientras tanto" in drop(ana, ended, 1, to="2027-03-29").words
    assert stored(select(FollowUp.due_at).where(FollowUp.id == follow_up.id)) == [madrid("2027-03-24T02:30")]
    records.delete(CALL, call.id, by=people.cover, now=utcnow())
    assert "no existe o alguien" in drop(ana, follow_up, 2, to="2027-03-29").words
    assert "no existe o alguien" in drop(ana, FollowUp(id=uuid4()), 1, to="2027-03-29").words


@ON_SQLITE
def test_it_is_for_whoever_has_signed_in_and_holds_the_pages_token(
    client: FlaskClient, sign_in: SignIn, people: People, follow_up: FollowUp, stored: Stored
) -> None:
    path, wish = f"/follow-ups/{follow_up.id}/move", {"version": "1", "to": "2027-03-29"}
    assert client.post(path, data=wish).status_code == 400
    browser = sign_in(people.outsider)
    assert browser.post(path, data=wish).status_code == 400
    assert browser.get(path).status_code == 405
    assert stored(select(FollowUp.due_at)) == [madrid("2027-03-24T02:30")]
    assert "se ha movido" in drop(browser, follow_up, to="2027-03-29").words  # everybody may, as on the form
    form = wish | {"csrf_token": _token(browser), "version": "2", "next": "https://e.com/"}
    assert browser.post(path, data=form).location == "/"


@ON_SQLITE
def test_it_says_why_no_reminder_goes_out(ana: FlaskClient, make_call: MakeCall, stored: Stored) -> None:
    make_call(48)
    [covered] = stored(select(FollowUp))
    assert "Esa fecha ya ha pasado" in drop(ana, covered, to="2020-01-01").words
    near = (utcnow() + timedelta(minutes=5)).isoformat()
    assert "Queda muy poco para otro recordatorio." in drop(ana, covered, 2, at=near).words
    alone = make_call(48, coverage_user_id=None)
    [uncovered] = stored(select(FollowUp).where(FollowUp.entity_id == alone.id))
    assert "Sin cobertura: no se enviará" in drop(ana, uncovered, to="2027-03-29").words
