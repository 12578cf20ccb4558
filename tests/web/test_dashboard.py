"""Who covers what, day by day: mine to cover, covered for me, everybody's."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app import clock
from coverage_app.extensions import db
from coverage_app.models import Call, FollowUp, NotificationSchedule
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.reading import get, send

Stored = Callable[..., list[Any]]


def listed(browser: FlaskClient, path: str) -> list[str]:
    """The calls on the dashboard, in their order."""
    return [link for link in get(browser, path).links if re.fullmatch(r"/calls/[0-9a-f-]{36}", link)]


def test_each_view_lists_its_coverages_and_no_other(
    app: Flask, people: People, make_call: MakeCall, sign_in: SignIn
) -> None:
    covered = make_call(30)
    others = make_call(31, responsible_user_id=people.outsider.id, coverage_user_id=people.admin.id)
    make_call(32, coverage_user_id=None)
    done = make_call(33, proxima_llamada_fecha=None)
    expected = {
        people.cover: {"/": [covered], "/?view=for_me": [], "/?view=all": [covered, others]},
        people.responsible: {"/": [], "/?view=for_me": [covered], "/?view=all": [covered, others]},
        people.outsider: {"/": [], "/?view=for_me": [others], "/?view=all": [covered, others]},
    }
    for person, views in expected.items():
        browser = sign_in(person)
        for view, calls in views.items():
            assert listed(browser, view) == [f"/calls/{call.id}" for call in calls], (person.name, view)
    assert done.proxima_llamada_fecha is None


def test_the_overdue_come_first_then_today_tomorrow_and_the_days_after(
    people: People, make_call: MakeCall, sign_in: SignIn, now: datetime
) -> None:
    for hours in (-3, 48, 24, 0.01):
        make_call(hours)
    page = get(sign_in(people.cover), "/")
    midnight = clock.to_local(now + timedelta(hours=0.01), "Europe/Madrid")
    headings = re.findall(r"Vencidas|Hoy, \w+|Mañana, \w+", page.words)
    assert headings[:2] == [
        "Vencidas",
        f"Hoy, {['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'][midnight.weekday()]}",
    ]
    assert len(headings) == 3 and headings[2].startswith("Mañana, ")


def test_a_line_says_what_when_with_whom_and_how_its_reminders_stand(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30)
    sent = db.session.merge(stored(select(NotificationSchedule).order_by(NotificationSchedule.scheduled_send_at))[0])
    sent.status, sent.sent, sent.sent_at = "sent", True, sent.scheduled_send_at
    db.session.commit()
    page = get(sign_in(people.cover), "/")
    time = f"{clock.to_local(call.proxima_llamada_fecha, 'Europe/Madrid'):%H:%M}"
    line = (
        f"{time} Próxima llamada María Pérez · +34 600 000 000 Ana Ruiz cubre Bea Soto"
        " 24 horas antes: Enviado 1 hora antes: Previsto 15 minutos antes: Previsto"
        " Hecho : Próxima llamada, María Pérez"
    )
    assert line in page.words
    assert "tel:+34600000000" in page.links


def test_done_on_the_dashboard_takes_the_line_away_and_comes_back_to_it(
    people: People, make_call: MakeCall, sign_in: SignIn, stored: Stored
) -> None:
    call = make_call(30)
    browser = sign_in(people.cover)
    page = send(browser, "/?view=all", action=f"/calls/{call.id}/done")
    assert page.path == "/" and listed(browser, "/?view=all") == []
    assert all(stored(select(Call.proxima_llamada_done_at)))


def test_done_never_leads_off_the_site(people: People, make_call: MakeCall, sign_in: SignIn) -> None:
    call = make_call(30)
    browser = sign_in(people.cover)
    form = get(browser, "/").form(f"/calls/{call.id}/done").fields
    for goal in ("//e.com", "https://e.com", "/\\e.com", "/\r\nx"):
        assert browser.post(f"/calls/{call.id}/done", data=form | {"next": goal}).location == "/"


def test_a_year_of_coverages_is_paged_and_each_is_on_one_page(
    app: Flask, people: People, sign_in: SignIn, contact: Any, now: datetime
) -> None:
    db.session.add_all(
        FollowUp(
            entity_type="call", entity_id=person.id, event_kind="next_call", contact_id=contact.id, title="",
            responsible_user_id=people.responsible.id, coverage_user_id=people.cover.id,
            due_at=now + timedelta(days=day),
        )
        for day, person in [(day, Call(id=_uuid(day))) for day in range(-40, 70) if day]
    )  # fmt: skip
    db.session.commit()
    browser, path, seen = sign_in(people.cover), "/", []
    while path:
        page = get(browser, path)
        seen.append([link for link in page.links if link.startswith("/calls/0000")])
        path = page.rel.get("next", "")
    assert [len(part) for part in seen] == [5 + 25, 25, 19]
    assert list(chain(*seen))[5:] == [f"/calls/{_uuid(day)}" for day in range(1, 70)]
    assert seen[0][:5] == [f"/calls/{_uuid(day)}" for day in (-5, -4, -3, -2, -1)]
    first = get(browser, "/overdue")
    rest = get(browser, first.rel["next"])
    overdue = [link for page in (first, rest) for link in page.links if link.startswith("/calls/0000")]
    assert overdue == [f"/calls/{_uuid(-day)}" for day in range(1, 41)]


def _uuid(day: int) -> UUID:
    return UUID(int=day + 1000)
