"""Every page for everybody: axe finds nothing, nothing scrolls sideways, nothing is loaded from elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact
from coverage_app.services import accounts, records, tokens
from coverage_app.services.entities import CALL
from tests.e2e.axe import faults, faults_of
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

# What a browser draws does not depend on the database.
pytestmark = ON_SQLITE


@pytest.fixture
def call(people: People, contact: Contact) -> Call:
    """With one date that is over and one to come, so that the pages have something of each kind to show."""
    now = utcnow()
    given = {
        "entity_id": contact.id,
        "called_at": now,
        "coverage_user_id": people.responsible.id,
        "proxima_llamada_fecha": now - timedelta(hours=1),
        "proxima_accion_fecha": now + timedelta(hours=30),
        "note": "Pide cita.\nhttps://example.com/" + "x" * 120,
    }
    made = records.create(CALL, uuid4(), given, by=people.cover, now=now - timedelta(days=3)).record
    db.session.commit()
    return made


def paths(call: Call) -> list[str]:
    own = [f"/calls/{call.id}{page}" for page in ("", "/edit", "/delete")]
    theirs = [f"/contacts/{call.entity_id}{page}" for page in ("", "/edit", "/delete")]
    return ["/", "/?view=for_me", "/?period=overdue", "/calendar", "/calls", "/calls/new", "/contacts", "/contacts/new",
            "/deliveries", "/nothing", *own, *theirs]  # fmt: skip


def paths_of_admin(people: People, call: Call) -> list[str]:
    person = [f"/people/{people.cover.id}{page}" for page in ("", "/edit", "/deactivate", "/password")]
    own = ["/profile", "/profile/password", "/profile/tokens"]
    others = ["/history?action=created", "/system", f"/contacts/{call.entity_id}/erase"]
    return [*own, "/people", "/people/new", *person, *others]


@pytest.mark.parametrize("who", ["responsible", "admin"])
def test_no_page_has_a_fault_that_axe_can_see_nor_scrolls_sideways(
    enter: Callable[..., Page], site: str, people: People, call: Call, ended: Callable[..., None], who: str
) -> None:
    for late in (0, 60, 600):
        ended("sent", 30, late)
    for owner in (people.cover, people.admin):
        tokens.make(owner, "CRM")
        tokens.make(owner, "x" * 100, expires_at=utcnow())
    ended("failed", 30, why="550 5.1.1 <bea@example.com>: " + "x" * 100)
    page = enter(getattr(people, who))
    requested: set[str] = set()
    page.on("request", lambda request: requested.add(request.url.removeprefix("data:").split(",")[0]))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    seen = paths(call) if who == "responsible" else paths_of_admin(people, call)
    assert faults_of(page, [site + path for path in seen]) == {}
    assert {url for url in requested if not url.startswith((site, "image/"))} == set()
    assert [text for text in complaints if "404" not in text and "409" not in text] == []


def test_a_given_password_is_changed_on_a_page_without_faults(
    page: Page, site: str, people: People, password: str
) -> None:
    tokens.make(people.cover, "CRM")
    given = accounts.reset_password(people.cover.id, by=people.admin, now=utcnow())
    page.goto(site)
    page.get_by_label("Correo").fill(people.cover.email)
    page.get_by_label("Contraseña", exact=True).fill(given)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Elige tu contraseña")
    assert faults_of(page, [page.url]) == {}
    page.get_by_label("Contraseña actual").fill(given)
    page.get_by_label("Contraseña nueva", exact=False).first.fill("cuatro palabras al azar")
    page.get_by_label("Contraseña nueva, otra vez").fill("cuatro palabras al azar")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/")


def test_a_refused_form_leads_the_reader_to_its_faults(enter: Callable[..., Page], people: People, call: Call) -> None:
    page = enter(people.responsible)
    page.goto(page.url + "calls/new")
    page.get_by_label("Duración").fill("mucho")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults(page) == []
    page.get_by_role("link", name="Contacto:").click()
    box = page.locator("#entity_id-ts-control")
    expect(box).to_be_focused()
    assert box.get_attribute("aria-invalid") == "true"
    expect(page.locator("#entity_id-error")).to_have_text("Elige un contacto de la lista.")
    assert box.get_attribute("aria-describedby") == "entity_id-hint entity_id-error"


def test_a_call_can_be_made_with_the_keyboard_alone(enter: Callable[..., Page], people: People, call: Call) -> None:
    page = enter(people.responsible)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Saltar al contenido")).to_be_focused()
    page.goto(page.url + "calls/new")
    for field, typed in (("entity_id", "perez"), ("coverage_user_id", "sot")):
        page.locator(f"#{field}-ts-control").focus()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")  # at once, as people who type fast do: it takes what was typed, and sends nothing
    page.locator("#note").focus()
    page.keyboard.type("Con el teclado")
    page.get_by_role("button", name="Guardar").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Llamada con María Pérez")
    expect(page.locator(".people").first).to_contain_text("Bea Soto")
