"""The calendar under the mouse: a line is dragged to another day or hour, undone, or refused in words."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from coverage_app.clock import read_local, utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import records
from coverage_app.services.entities import CALL
from tests.e2e.axe import faults
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

# What a browser draws does not depend on the database.
pytestmark = ON_SQLITE
MARCH = "/calendar?view=all&day=2027-03-01"
WEEK = "/calendar?view=all&shape=week&day=2027-03-24"


def madrid(text: str) -> datetime:
    return read_local(text, "Europe/Madrid").at


@pytest.fixture
def call_at(people: People, contact: Contact) -> Callable[..., UUID]:
    """Makes a call of Ana's that Bea covers, due on Madrid's clocks."""

    def made(text: str, **changes: Any) -> UUID:
        given = {"entity_id": contact.id, "called_at": utcnow(), "coverage_user_id": people.cover.id}
        given |= {"proxima_llamada_fecha": madrid(text)} | changes
        record_id: UUID = records.create(CALL, uuid4(), given, by=people.responsible, now=utcnow()).record.id
        db.session.commit()
        return record_id

    return made


def line(page: Page, words: str) -> Locator:
    return page.locator(".planner .entry", has_text=re.compile(words))


def day(page: Page, name: str) -> Locator:
    """The cell of a day, named as its link says it to the ear."""
    return page.locator(".planner .cell", has=page.get_by_role("link", name=re.compile(f"^{name} de")))


def drag(page: Page, what: Locator, to: tuple[float, float]) -> None:
    """With the mouse, as a hand does it: pressed, moved a little, carried over, let go."""
    what.hover()  # waits until it stands still
    box = what.bounding_box()
    assert box
    page.mouse.move(box["x"] + 15, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 25, box["y"] + 12, steps=3)
    page.mouse.move(*to, steps=5)
    page.mouse.up()


def to_day(page: Page, what: Locator, name: str) -> None:
    what.hover()
    goal = day(page, name)
    goal.scroll_into_view_if_needed()
    box = goal.bounding_box()
    assert box
    drag(page, what, (box["x"] + 30, box["y"] + 60))


def reminders(stored: Any) -> set[datetime]:
    return set(stored(select(Row.scheduled_send_at).where(Row.status == "pending")))


def wanted(due: datetime) -> set[datetime]:
    return {due - timedelta(hours=24), due - timedelta(hours=1), due - timedelta(minutes=15)}


def test_a_line_is_dragged_to_another_day_and_another_hour_and_back(
    enter: Callable[..., Page], site: str, people: People, call_at: Callable[..., UUID], stored: Any
) -> None:
    call_at("2027-03-24T10:15")
    page = enter(people.responsible)
    page.set_viewport_size({"width": 1280, "height": 1400})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(site + MARCH)
    expect(page.get_by_text("Arrastra una línea a otro día")).to_be_visible()

    to_day(page, line(page, "10:15"), "Martes 30")  # the clocks change in between; the hour stays
    said = page.get_by_role("status")
    expect(said).to_contain_text(
        "Próxima llamada, María Pérez: se ha movido al mar 30 mar 2027, 10:15, hora de Madrid. "
        "Hay 3 recordatorios previstos: 24 horas, 1 hora y 15 minutos antes."
    )
    expect(day(page, "Martes 30").locator(".entry")).to_have_count(1)
    due = madrid("2027-03-30T10:15")
    assert (stored(select(FollowUp.due_at)), reminders(stored)) == ([due], wanted(due))

    page.get_by_role("button", name="Deshacer").press("Enter")
    expect(said).to_contain_text("se ha movido al mié 24 mar 2027, 10:15")
    expect(day(page, "Miércoles 24").locator(".entry")).to_have_count(1)
    due = madrid("2027-03-24T10:15")
    assert (stored(select(FollowUp.due_at)), reminders(stored)) == ([due], wanted(due))

    page.goto(site + WEEK)
    line(page, "10:15").hover()
    friday = page.locator(".planner .lane").nth(4).bounding_box()
    box = line(page, "10:15").bounding_box()
    assert friday and box
    hour = 2 * 34  # two half hours
    drag(page, line(page, "10:15"), (friday["x"] + 25, box["y"] + 5 + 2.5 * hour))
    expect(said).to_contain_text("se ha movido al vie 26 mar 2027, 12:45")
    due = madrid("2027-03-26T12:45")
    assert (stored(select(FollowUp.due_at)), reminders(stored)) == ([due], wanted(due))
    expect(line(page, "12:45")).to_have_count(1)
    assert (faults(page), complaints) == ([], [])


def test_what_cannot_be_moved_goes_back_and_the_page_says_why(
    enter: Callable[..., Page], site: str, people: People, call_at: Callable[..., UUID], stored: Any
) -> None:
    call_id = call_at("2027-03-24T02:30")
    page = enter(people.responsible)
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(site + MARCH)
    said, wednesday = page.get_by_role("status"), day(page, "Miércoles 24").locator(".entry")
    to_day(page, line(page, "02:30"), "Domingo 28")
    expect(said).to_contain_text("Esa hora no existe ese día: los relojes se adelantan.")
    expect(wednesday).to_have_count(1)

    records.save(CALL, call_id, {"note": "la de Bea"}, by=people.cover, now=utcnow())
    to_day(page, line(page, "02:30"), "Lunes 29")
    expect(said).to_contain_text("Alguien lo ha cambiado mientras tanto.")
    expect(wednesday).to_have_count(1)

    page.route("**/move", lambda route: route.abort())
    to_day(page, line(page, "02:30"), "Lunes 29")
    expect(said).to_contain_text("No se ha podido mover.")
    expect(wednesday).to_have_count(1)
    assert stored(select(Call.proxima_llamada_fecha)) == [madrid("2027-03-24T02:30")]

    page.unroute("**/move")  # and now it knows the record as it is
    to_day(page, line(page, "02:30"), "Lunes 29")
    expect(said).to_contain_text("se ha movido al lun 29 mar 2027, 02:30")
    assert stored(select(Call.proxima_llamada_fecha)) == [madrid("2027-03-29T02:30")]


def test_planner_shows_the_servers_entries_and_is_hidden_on_a_phone(
    enter: Callable[..., Page], site: str, people: People, call_at: Callable[..., UUID]
) -> None:
    for minute in range(7):
        call_at(f"2027-03-24T10:{minute:02}", note=str(minute))
    call_at("2027-03-25T23:45")
    page = enter(people.responsible)
    for where in (MARCH, WEEK):
        page.goto(site + where)
        drawn = page.locator(".sheet .entry").evaluate_all("lines => lines.map(line => line.href)")
        assert len(drawn) == 6
        expect(page.locator(".planner .entry")).to_have_count(6)
        assert page.locator(".planner .entry").evaluate_all("lines => lines.map(line => line.href)") == drawn
        more = page.locator(".planner").get_by_role("link", name="+2 más este día")
        expect(more).to_have_attribute("href", re.compile(r"/calendar\?view=all&shape=agenda&day=2027-03-24$"))
        page.emulate_media(media="print")
        expect(page.locator(".planner")).to_be_hidden()
        expect(page.locator(".sheet")).to_be_visible()
        page.emulate_media(media="screen")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(page.locator(".planner")).to_have_count(0)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.reload()
    assert [url for url in requested if "calendar.js" in url] and not [url for url in requested if "global.js" in url]
    expect(page.locator(".sheet .entry")).to_have_count(6)
    expect(page.get_by_text("Arrastra una línea")).to_be_hidden()
