"""A file of calls comes in by the browser: refused lines, progress that shows by itself, and the last word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from coverage_app.models import Call, Contact
from tests.e2e.axe import faults
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start
from tests.fixtures.files import csv_of
from tests.fixtures.people import People

# What a browser draws does not depend on the database.
pytestmark = ON_SQLITE
LINE = "María Pérez;2099-12-03 10:00;;Bea Soto"


def test_a_file_is_corrected_accepted_and_written_without_a_reload(
    enter: Callable[..., Page], site: str, people: People, contact: Contact, start: Start, tmp_path: Path, stored: Any
) -> None:
    page = enter(people.responsible)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/calls")
    page.get_by_role("link", name="Importar").click()
    send(page, tmp_path, LINE, "Nadie " + "x" * 300 + ";;;")
    expect(page.get_by_role("heading", level=2, name="En espera")).to_be_visible()
    assert faults(page) == []
    start("worker")
    page.evaluate("window.same = true")  # gone if the page were loaded again
    expect(page.get_by_text("Líneas que no se pueden guardar: 1 de 2")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("listitem").filter(has_text="Línea 3 · Contacto")).to_be_visible()
    assert page.get_by_role("button", name="Guardar las llamadas").count() == 0
    assert faults(page) == []

    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name="Enviar otro archivo").click()
    assert faults(page) == []
    send(page, tmp_path, *[LINE] * 600)
    page.evaluate("window.same = true")
    expect(page.get_by_text("Se pueden guardar las 600 líneas.")).to_be_visible(timeout=20_000)
    assert stored(select(func.count()).select_from(Call)) == [0]
    page.get_by_role("button", name="Guardar las llamadas").click()
    expect(page.locator("progress")).to_be_visible()
    assert faults(page) == []
    page.evaluate("window.same = true")
    expect(page.get_by_text("Las 600 líneas están guardadas")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.same") is True
    assert stored(select(func.count()).select_from(Call)) == [600]
    expect(page.locator("#import-said")).to_have_text("Guardado")
    assert complaints == []


def send(page: Page, folder: Path, *lines: str) -> None:
    file = folder / "agenda.csv"
    file.write_bytes(csv_of(*lines))
    page.get_by_label("Archivo").set_input_files(file)
    page.get_by_role("button", name="Comprobar el archivo").click()
