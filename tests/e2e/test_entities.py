"""The whole life of a record of each kind, by clicking: made, covered, edited, found, done, undone, deleted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from coverage_app.clock import to_local, utcnow
from coverage_app.models import Contact
from tests.e2e.test_whole_job import pick
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

# The rules hold on both databases elsewhere; what a browser does with the pages does not depend on the database.
pytestmark = ON_SQLITE


@dataclass(frozen=True)
class Life:
    """One kind of record as its user meets it. ``typed`` are fields by label, ``cover`` the picker's column."""

    menu: str
    new: str
    contact: str
    due: str
    cover: str
    heading: str
    changed: tuple[str, str]
    gone: str
    typed: dict[str, str] = field(default_factory=dict)


LIVES = {
    "call": Life("Llamadas", "Nueva llamada", "entity_id", "Próxima llamada", "coverage_user_id",
                 "Llamada con María Pérez", ("Resultado", "Interesada"), "Llamada borrada."),
    "task": Life("Tareas", "Nueva tarea", "entity_id", "Fecha límite", "coverage_user_id",
                 "Pedir cita", ("Qué hay que hacer", "Pedir otra cita"), "Tarea borrada.",
                 {"Qué hay que hacer": "Pedir cita"}),
    "opportunity": Life("Oportunidades", "Nueva oportunidad", "contact_id", "Próximo seguimiento", "coverage_user_id",
                        "Arraigo", ("Nombre", "Arraigo social"), "Oportunidad borrada", {"Nombre": "Arraigo"}),
    "pipeline": Life("Embudo", "Poner en el embudo", "contact_id", "Fecha límite", "next_action_coverage_user_id",
                     "María Pérez", ("Descripción", "Llevar el contrato"), "Fuera del embudo.",
                     {"Próxima acción": "Reunión"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", LIVES)
def test_the_whole_life_of(kind: str, enter: Callable[..., Page], people: People, contact: Contact) -> None:
    life, page = LIVES[kind], enter(people.responsible)
    page.get_by_role("navigation", name="Menú").get_by_role("link", name=life.menu).click()
    page.get_by_role("link", name=life.new).first.click()

    for label, text in life.typed.items():
        page.get_by_label(label).first.fill(text)
    pick(page, life.contact, "maria per", "María Pérez")
    due = to_local(utcnow() + timedelta(hours=30), people.responsible.timezone)
    page.get_by_label(life.due).first.fill(due.strftime("%Y-%m-%dT%H:%M"))
    pick(page, life.cover, "bea", "Bea Soto")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(life.heading)
    chips = page.locator(".timeline .chip")
    expect(chips).to_have_text(["Previsto"] * 3)
    page.get_by_role("link", name="ver cómo quedará").first.click()
    expect(page.get_by_text("Este sería su texto.")).to_be_visible()
    page.get_by_role("link", name="Abrir la ficha").click()

    label, text = life.changed
    page.get_by_role("link", name="Editar", exact=True).click()
    page.get_by_label(label).first.fill(text)
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator("main")).to_contain_text(text)

    page.get_by_label("Cómo fue (opcional)").fill("Fue bien")
    page.get_by_role("button", name="Hecho").click()
    shown = page.locator(".flash-success")
    expect(shown).to_contain_text("Recordatorios retirados: 24 horas, 1 hora y 15 minutos antes.")
    expect(chips).to_have_count(0)
    shown.get_by_role("button", name="Deshacer").click()
    expect(shown).to_contain_text("Recordatorios previstos de nuevo: 24 horas, 1 hora y 15 minutos antes.")
    expect(chips).to_have_text(["Previsto"] * 3)

    page.get_by_role("navigation", name="Menú").get_by_role("link", name=life.menu).click()
    page.get_by_role("searchbox").fill("PEREZ")
    page.get_by_role("button", name="Buscar").click()
    page.locator(".row-link").first.click()
    page.get_by_role("link", name="Borrar").click()
    page.get_by_role("button", name="Borrar").click()
    expect(shown).to_contain_text(life.gone)
    expect(page.locator(".row-link")).to_have_count(0)


def test_a_contact_from_its_first_day_to_its_last(enter: Callable[..., Page], people: People) -> None:
    page = enter(people.responsible)
    page.get_by_role("navigation", name="Menú").get_by_role("link", name="Contactos").click()
    page.get_by_role("link", name="Nuevo contacto").first.click()
    page.get_by_label("Nombre").fill("Ahmed Benali")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_role("link", name="Nueva tarea").click()
    page.get_by_label("Qué hay que hacer").fill("Pedir cita")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_role("link", name="Ahmed Benali").click()
    page.get_by_role("link", name="Borrar").click()
    expect(page.get_by_role("link", name="1 tarea")).to_be_visible()
    page.get_by_role("link", name="1 tarea").click()
    page.get_by_role("link", name="Pedir cita").click()
    page.get_by_role("link", name="Borrar").click()
    page.get_by_role("button", name="Borrar").click()
    page.get_by_role("navigation", name="Menú").get_by_role("link", name="Contactos").click()
    page.get_by_role("link", name="Ahmed Benali").click()
    page.get_by_role("link", name="Borrar").click()
    page.get_by_role("button", name="Borrar").click()
    expect(page.locator(".flash-success")).to_contain_text("Contacto borrado.")


def test_a_card_is_moved_and_an_export_arrives(enter: Callable[..., Page], people: People, contact: Contact) -> None:
    page = enter(people.responsible)
    page.goto(page.url + f"pipeline/new?contact={contact.id}")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_role("navigation", name="Menú").get_by_role("link", name="Embudo").click()
    page.get_by_label("Fase de María Pérez").select_option(label="Propuesta")
    page.get_by_role("button", name="Mover").click()
    expect(page.locator("#stage-proposal .row-link")).to_have_text("María Pérez")
    page.get_by_role("button", name="Deshacer").click()
    expect(page.locator("#stage-new .row-link")).to_have_text("María Pérez")
    page.get_by_role("link", name="Como lista").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Exportar").click()
    assert download.value.suggested_filename == "pipeline.csv"
    assert "María Pérez" in download.value.path().read_text(encoding="utf-8-sig")


def test_on_a_telephone_the_rest_of_the_menu_is_behind_more(enter: Callable[..., Page], people: People) -> None:
    page = enter(people.responsible)
    page.set_viewport_size({"width": 360, "height": 740})
    menu = page.get_by_role("navigation", name="Menú")
    expect(menu.get_by_role("link", name="Embudo")).to_have_count(0)
    menu.get_by_text("Más", exact=True).click()
    menu.get_by_role("link", name="Embudo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Embudo")
