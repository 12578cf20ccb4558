"""Who does what, day by day: mine to cover, covered for me, everybody's; each line with what can be done about it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app import clock
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, Reminder
from coverage_app.services import records
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import get, send

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]


def listed(browser: FlaskClient, path: str) -> list[str]:
    """The calls on the dashboard, in their order."""
    return [link for link in get(browser, path).links if re.fullmatch(r"/calls/[0-9a-f-]{36}", link)]


def test_each_view_lists_its_follow_ups_and_no_other(
    app: Flask, people: People, make_call: MakeCall, sign_in: SignIn
) -> None:
    covered = make_call(30)
    others = make_call(31, responsible_user_id=people.outsider.id, coverage_user_id=people.admin.id)
    alone = make_call(32, coverage_user_id=None)
    make_call(33, proxima_llamada_fecha=None)
    everything = [covered, others, alone]
    expected = {
        people.cover: {"/": [covered], "/?view=for_me": [], "/?view=all": everything},
        people.responsible: {"/": [], "/?view=for_me": [covered], "/?view=all": everything},
        people.outsider: {"/": [], "/?view=for_me": [others], "/?view=all": everything},
    }
    for person, views in expected.items():
        browser = sign_in(person)
        for view, calls in views.items():
            assert listed(browser, view) == [f"/calls/{call.id}" for call in calls], (person.name, view)


def test_dashboard_orders_overdue_today_tomorrow_this_week_and_later(
    people: People, make_call: MakeCall, sign_in: SignIn, now: datetime
) -> None:
    for hours in (-3, 24 * 9, 24, 0.01):
        make_call(hours)
    page = get(sign_in(people.cover), "/")
    soon = clock.to_local(now + timedelta(hours=0.01), "Europe/Madrid")
    headings = re.findall(
        r"Vencidas (?=\w{3} \d)|Hoy, \w+|Mañana, \w+|(?:Lunes|Martes|Miércoles|Jueves|Viernes|Sábado|Domingo) \d",
        page.words,
    )
    weekdays = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
    assert headings[:3] == [
        "Vencidas ",
        f"Hoy, {weekdays[soon.weekday()]}",
        f"Mañana, {weekdays[(soon.weekday() + 1) % 7]}",
    ]
    assert len(headings) == 4


def test_a_line_says_what_when_with_whom_and_how_its_reminders_stand(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30.5)
    sent = db.session.merge(stored(select(Reminder).order_by(Reminder.scheduled_send_at))[0])
    sent.status, sent.sent, sent.sent_at = "sent", True, sent.scheduled_send_at
    db.session.commit()
    page = get(sign_in(people.cover), "/")
    time = f"{clock.to_local(call.proxima_llamada_fecha, 'Europe/Madrid'):%H:%M}"
    line = (
        f"{time} dentro de 1 día y 6 horas Próxima llamada María Pérez · +34 600 000 000 Ana Ruiz cubre Bea Soto"
        " 24 horas antes: Enviado 1 hora antes: Previsto 15 minutos antes: Previsto"
        " Hecho : Próxima llamada, María Pérez Cobertura : Próxima llamada, María Pérez"
    )
    assert line in page.words
    assert {"tel:+34600000000", f"/calls/{call.id}#next_call"} <= set(page.links)


def test_all_four_kinds_of_record_are_on_it_and_lead_to_their_pages(
    people: People, contact: Contact, sign_in: SignIn, make_call: MakeCall, now: datetime
) -> None:
    due = {"hours": 30}
    made = {f"/calls/{make_call(30).id}"}
    for entity, column, more in (
        (TASK, "complete_till", {"text": "Pedir la tasa"}),
        (OPPORTUNITY, "next_follow_up_date", {"name": "Arraigo"}),
        (PIPELINE_ACTION, "next_action_due_date", {"contact_id": contact.id, "next_action_type": "Reunión"}),
    ):
        changes = more | {column: now + timedelta(**due), entity.cover: people.cover.id}
        made.add(
            f"/{entity.folder}/{records.create(entity, uuid4(), changes, by=people.responsible, now=now).record.id}"
        )
    page = get(sign_in(people.cover), "/")
    assert {link for link in page.links if re.fullmatch(r"/\w+/[0-9a-f-]{36}", link)} == made
    for words in ("Tarea: Pedir la tasa", "Seguimiento: Arraigo", "Próxima acción: Reunión"):
        assert words in page.words


def test_done_on_the_dashboard_takes_the_line_away_and_undo_brings_it_back(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30)
    browser = sign_in(people.cover)
    page = send(browser, "/?view=all", action=f"/calls/{call.id}/done")
    assert page.path == "/" and listed(browser, "/?view=all") == []
    assert all(stored(select(Call.proxima_llamada_done_at)))
    undo = page.form(f"/calls/{call.id}/done")
    browser.post(undo.action, data=undo.fields)
    assert listed(browser, "/?view=all") == [f"/calls/{call.id}"]


def test_done_never_leads_off_the_site(people: People, make_call: MakeCall, sign_in: SignIn) -> None:
    call = make_call(30)
    browser = sign_in(people.cover)
    form = get(browser, "/").form(f"/calls/{call.id}/done").fields
    for goal in ("//e.com", "https://e.com", "/\\e.com", "/\r\nx"):
        assert browser.post(f"/calls/{call.id}/done", data=form | {"next": goal}).location == "/"


def test_another_cover_is_chosen_from_the_line_and_the_reminders_follow(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30)
    [follow_up] = stored(select(FollowUp))
    path, browser = f"/follow-ups/{follow_up.id}/cover", sign_in(people.responsible)
    assert f"{path}?next=/?view%3Dall" in get(browser, "/?view=all").links
    page = get(browser, f"{path}?next=/?view%3Dall")
    offered = set(page.form(path).offered["cover"].values())
    assert offered == {"Sin cobertura", "Alicia Mora", "Bea Soto", "Carlos Vidal"}
    page = send(browser, f"{path}?next=/?view%3Dall", action=path, cover=str(people.outsider.id))
    assert (page.path, "Cobertura cambiada." in page.words) == ("/", True)
    assert set(stored(select(Reminder.coverage_user_id))) == {people.outsider.id}
    assert listed(sign_in(people.outsider), "/") == [f"/calls/{call.id}"]


@pytest.mark.parametrize("chosen", ["responsible", "nobody known", "not an id"])
def test_a_cover_that_cannot_be_is_refused_beside_the_field(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored, chosen: str
) -> None:
    make_call(30)
    [follow_up] = stored(select(FollowUp))
    value = {"responsible": str(people.responsible.id), "nobody known": str(uuid4())}.get(chosen, "x")
    page = send(sign_in(people.cover), f"/follow-ups/{follow_up.id}/cover", cover=value)
    assert (page.status, list(page.errors)) == (422, ["cover"])
    assert set(stored(select(FollowUp.coverage_user_id))) == {people.cover.id}


def test_the_page_says_when_it_was_drawn_on_the_readers_clocks(
    app: Flask, people: People, sign_in: SignIn, now: datetime
) -> None:
    words = get(sign_in(people.cover), "/").words
    minutes = [clock.to_local(now + timedelta(minutes=late), "Europe/Madrid") for late in (0, 1)]
    assert any(f"Actualizado a las {at:%H:%M}." in words for at in minutes)


def test_a_year_of_follow_ups_is_paged_and_each_is_on_one_page(
    app: Flask, people: People, sign_in: SignIn, contact: Any, now: datetime
) -> None:
    db.session.add_all(
        FollowUp(
            entity_type="call", entity_id=_uuid(day), event_kind="next_call", contact_id=contact.id, title="",
            responsible_user_id=people.responsible.id, coverage_user_id=people.cover.id,
            due_at=now + timedelta(days=day),
        )
        for day in range(-60, 120) if day
    )  # fmt: skip
    db.session.commit()
    browser = sign_in(people.cover)

    def walk(path: str) -> list[list[str]]:
        seen = []
        while path:
            page = get(browser, path)
            seen.append([link for link in page.links if re.fullmatch(r"/calls/0000[0-9a-f-]{32}", link)])
            path = page.rel.get("next", "")
        return seen

    ahead, overdue = walk("/"), walk("/?period=overdue")
    assert [len(part) for part in ahead] == [5 + 50, 50, 19]
    assert list(chain(*ahead)) == [_path(day) for day in (-5, -4, -3, -2, -1, *range(1, 120))]
    assert list(chain(*overdue)) == [_path(-day) for day in range(1, 61)]


def _uuid(day: int) -> UUID:
    return UUID(int=day + 1000)


def _path(day: int) -> str:
    return f"/calls/{_uuid(day)}"
