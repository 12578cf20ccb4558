"""The job the product exists for, done by clicking, with every part real."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from coverage_app.clock import to_local, utcnow
from coverage_app.models import Contact
from tests.fixtures.engine import wait_until
from tests.fixtures.people import People
from tests.servers.smtp import Sink
from tests.time_shift import move

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def pick(page: Page, field: str, typed: str, option: str) -> None:
    """Type part of a name, without its accents, into a picker, and choose what it finds."""
    page.locator(f".ts-control:has(#{field}-ts-control)").click()
    page.keyboard.type(typed)
    page.locator(f"#{field}-ts-dropdown").get_by_role("option", name=option).click()


def test_a_colleague_picked_on_a_call_gets_the_mail_on_time(
    enter: Callable[..., Page], start: Any, people: People, contact: Contact, smtp: Sink
) -> None:
    start("worker")
    start("scheduler")
    page = enter(people.responsible)
    page.get_by_role("link", name="Nueva llamada").first.click()
    pick(page, "entity_id", "maria per", "María Pérez")
    due = to_local(utcnow() + DAY + HOUR + MINUTE, people.responsible.timezone).replace(second=0, microsecond=0)
    page.get_by_label("Próxima llamada").fill(due.strftime("%Y-%m-%dT%H:%M"))
    pick(page, "coverage_user_id", "bea", "Bea Soto")
    page.get_by_label("Nota").fill("Quiere saber si el NIE ha llegado.")
    page.get_by_role("button", name="Guardar").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("María Pérez")
    steps = page.locator(".timeline").first.locator(".step")
    expect(steps).to_have_count(3)
    expect(steps.locator(".chip")).to_have_text(["Previsto"] * 3)
    record = page.url

    # The clock runs forward a day: data moves, not the clock, so that the servers stay real.
    move(-DAY - MINUTE)
    [mail] = smtp.wait_for(1, timeout=30)
    assert mail.recipients == (people.cover.email,)
    subject = "Recordatorio: Próxima llamada - María Pérez en 1 hora"
    assert mail.parsed["Subject"] == subject

    chips = steps.locator(".chip")
    wait_until(lambda: bool(page.goto(record)) and "Enviado" in chips.all_text_contents())
    expect(chips).to_have_text(["No enviado", "Enviado", "Previsto"])
    steps.nth(1).get_by_role("link").click()
    expect(page.get_by_text(subject)).to_be_visible()
    expect(page.get_by_text("Quiere saber si el NIE ha llegado.")).to_be_visible()
