"""The dashboard kept open all day: filtered, acted upon in place, fresh by itself, and whole without JavaScript."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact, Reminder
from coverage_app.services import contacts, records
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.e2e.axe import faults_for_all, faults_of
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

# What a browser draws does not depend on the database.
pytestmark = ON_SQLITE
A_REFRESH = 31_000
FILTER = "details.filter summary"
Make = Callable[..., UUID]


@pytest.fixture
def make(people: People, contact: Contact) -> Make:
    """A call that Bea covers for Ana, with María Pérez unless another client is named."""

    def made(hours: float, client: str | None = None, **changes: Any) -> UUID:
        now = utcnow()
        whom = contacts.create(uuid4(), {"name": client}, by=people.admin, now=now).id if client else contact.id
        given = {"entity_id": whom, "called_at": now, "coverage_user_id": people.cover.id}
        given |= {"proxima_llamada_fecha": now + timedelta(hours=hours)} | changes
        record_id: UUID = records.create(CALL, uuid4(), given, by=people.responsible, now=now).record.id
        db.session.commit()
        return record_id

    return made


def lines(page: Page) -> Any:
    return page.locator("#list .line")


def test_a_working_day_on_the_dashboard(enter: Callable[..., Page], people: People, make: Make, stored: Any) -> None:
    make(30), make(31, "Ahmed Benali"), make(-2, "Fatou Diop")
    page = enter(people.cover)
    page.clock.install()
    page.reload()
    expect(lines(page)).to_have_count(3)

    # Filter: it lives in the address, and is kept under a name.
    page.locator("summary", has_text="Filtrar").click()
    page.get_by_label("Texto").fill("benalí")
    page.get_by_role("button", name="Aplicar").click()
    expect(lines(page)).to_have_count(1)
    assert "q=benal" in page.url
    page.locator("summary", has_text="Filtrar").click()
    page.get_by_label("Guardar este filtro como").fill("Ahmed")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Filtro «Ahmed» guardado.")).to_be_visible()
    page.get_by_role("link", name="Coberturas").first.click()
    expect(lines(page)).to_have_count(3)
    page.get_by_role("link", name="Ahmed", exact=True).click()
    expect(lines(page)).to_have_count(1)

    # Done and undone, without leaving the page.
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name=re.compile("Hecho.*Ahmed Benali")).click()
    expect(lines(page)).to_have_count(0)
    expect(page.get_by_text("Nada coincide con este filtro")).to_be_visible()
    expect(page.get_by_role("button", name="Deshacer")).to_be_focused()
    page.get_by_role("button", name="Deshacer").press("Enter")
    expect(lines(page)).to_have_count(1)
    assert page.evaluate("window.sameDocument") is True


def test_another_cover_is_chosen_on_the_line(
    enter: Callable[..., Page], people: People, make: Make, stored: Any
) -> None:
    make(30)
    page = enter(people.responsible)
    page.goto(page.url + "?view=for_me")
    page.evaluate("window.sameDocument = true")
    cover = page.get_by_role("link", name=re.compile("Cobertura.*María Pérez"))
    cover.press("Enter")
    expect(page.get_by_label("Cobertura", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(cover).to_be_focused()
    cover.press("Enter")
    page.get_by_label("Cobertura", exact=True).select_option(label="Carlos Vidal")
    page.get_by_role("button", name="Guardar").press("Enter")
    expect(page.locator(".line-people")).to_contain_text("Carlos Vidal")
    expect(page.locator(".line .cover-form")).to_have_count(0)
    assert page.evaluate("window.sameDocument") is True
    assert set(stored(select(Reminder.coverage_user_id))) == {people.outsider.id}


def test_it_keeps_itself_fresh_and_leaves_what_one_is_at_alone(
    enter: Callable[..., Page], people: People, make: Make
) -> None:
    page = enter(people.cover)
    page.clock.install()
    page.reload()
    expect(page.get_by_text("No tienes nada que cubrir")).to_be_visible()
    make(30)
    page.clock.fast_forward(A_REFRESH)
    expect(lines(page)).to_have_count(1)
    expect(page.get_by_text("No tienes nada que cubrir")).to_have_count(0)
    expect(page.locator("#tiles")).to_contain_text("1 Próximos 7 días")

    page.get_by_role("link", name=re.compile("Cobertura.*María Pérez")).click()
    box = page.get_by_label("Cobertura", exact=True)
    box.select_option(label="Carlos Vidal")
    make(29, "Ahmed Benali"), make(31, "Fatou Diop")
    page.clock.fast_forward(A_REFRESH)
    expect(lines(page)).to_have_count(3)
    expect(box).to_be_focused()
    expect(box.locator("option:checked")).to_have_text("Carlos Vidal")
    expect(page.locator(".line-contact")).to_contain_text(["Ahmed Benali", "María Pérez", "Fatou Diop"])


def test_when_it_cannot_be_updated_it_says_so_and_recovers(
    enter: Callable[..., Page], people: People, make: Make
) -> None:
    page = enter(people.cover)
    page.clock.install()
    page.reload()
    page.route("**/*", lambda route: route.abort())
    page.clock.fast_forward(A_REFRESH)
    stale = page.get_by_text("Desde entonces no se ha podido actualizar.")
    expect(stale).to_be_visible()
    make(30)
    page.unroute("**/*")
    page.clock.fast_forward(A_REFRESH)
    expect(lines(page)).to_have_count(1)
    expect(stale).to_have_count(0)


def test_everything_is_done_without_javascript_too(
    browser: Browser, site: str, people: People, password: str, make: Make
) -> None:
    make(30)
    context = browser.new_context(locale="es-ES", java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Correo").fill(people.cover.email)
    page.get_by_label("Contraseña", exact=True).fill(password)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("link", name=re.compile("Cobertura.*María Pérez")).click()
    page.get_by_label("Cobertura", exact=True).select_option(label="Carlos Vidal")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Cobertura cambiada.")).to_be_visible()
    page.get_by_role("link", name="Todo el equipo", exact=True).click()
    page.get_by_role("button", name=re.compile("Hecho.*María Pérez")).click()
    expect(lines(page)).to_have_count(0)
    page.get_by_role("button", name="Deshacer").click()
    expect(lines(page)).to_have_count(1)
    page.get_by_role("link", name="Calendario").first.click()
    page.get_by_role("link", name="Todo el equipo", exact=True).click()
    page.get_by_role("link", name="Agenda").click()
    expect(page.locator(".line")).to_have_count(1)
    context.close()


def test_dashboard_and_calendar_have_no_fault_that_axe_can_see(
    enter: Callable[..., Page], site: str, people: People, contact: Contact, make: Make
) -> None:
    now = utcnow()
    make(-2), make(30, proxima_accion_fecha=now + timedelta(hours=31))
    for entity, column, more in (
        (TASK, "complete_till", {"text": "Pedir la tasa " + "x" * 150}),
        (OPPORTUNITY, "next_follow_up_date", {"name": "Arraigo"}),
        (PIPELINE_ACTION, "next_action_due_date", {"contact_id": contact.id, "next_action_type": "Reunión"}),
    ):
        due = {column: now + timedelta(hours=30)}
        records.create(entity, uuid4(), more | due, by=people.responsible, now=now)
    page = enter(people.responsible)
    paths = ["/?view=all&q=x", "/?view=all", "/?period=overdue", "/calendar?view=all", "/calendar",
             "/calendar?view=all&shape=week", "/calendar?view=all&shape=agenda"]  # fmt: skip
    filter_open = faults_of(page, [site + path for path in paths], lambda page: page.locator(FILTER).click())
    assert filter_open == {}
    page.goto(site + "/?view=all")
    page.get_by_role("link", name=re.compile("Cobertura.*Tarea")).first.click()
    page.locator(".line .cover-form").wait_for()
    assert faults_for_all(page) == {}
