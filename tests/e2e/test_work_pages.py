"""The pages of tasks, opportunities and the pipeline for everybody: axe finds nothing, nothing scrolls sideways."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact
from coverage_app.services import records
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from tests.e2e.axe import faults, faults_of
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

# What a browser draws does not depend on the database.
pytestmark = ON_SQLITE
LONG = "Autorización https://example.com/" + "x" * 120


@pytest.fixture
def paths(people: People, contact: Contact) -> list[str]:
    """Every page of one record of each kind, with words that do not fit on a line."""
    now = utcnow()

    def made(entity: Entity, **given: Any) -> str:
        due = {entity.events[0].due: now + timedelta(hours=30), entity.cover: people.cover.id}
        record = records.create(entity, uuid4(), due | given, by=people.responsible, now=now).record
        return f"/{entity.folder}/{record.id}"

    records_of = [
        made(TASK, text=LONG, entity_id=contact.id),
        (opportunity := made(OPPORTUNITY, name=LONG, contact_id=contact.id)),
        made(PIPELINE_ACTION, opportunity_id=opportunity_id(opportunity), next_action_type=LONG[:110]),
    ]
    db.session.commit()
    own = [f"{path}{page}" for path in records_of for page in ("", "/edit", "/delete")]
    lists = [f"/{folder}?order=due_last&owner={uuid4()}" for folder in ("tasks", "opportunities", "pipeline/list")]
    return ["/tasks", "/tasks/new", "/opportunities", "/opportunities/new", "/pipeline", "/pipeline/list",
            "/pipeline/new", f"/contacts/{contact.id}", f"/contacts/{contact.id}/delete", *lists, *own]  # fmt: skip


def opportunity_id(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def test_no_page_has_a_fault_that_axe_can_see_nor_scrolls_sideways(
    enter: Callable[..., Page], site: str, people: People, paths: list[str]
) -> None:
    page = enter(people.responsible)
    assert faults_of(page, [site + path for path in paths]) == {}


def test_done_and_undone_from_the_message_looks_as_it_should(
    enter: Callable[..., Page], site: str, people: People, paths: list[str]
) -> None:
    page = enter(people.responsible)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(site + next(path for path in paths if path.startswith("/tasks/") and len(path) == 43))
    page.get_by_role("button", name="Hecho").click()
    page.get_by_role("button", name="Deshacer").first.wait_for()
    more = page.get_by_role("navigation", name="Menú").get_by_text("Más", exact=True)
    more.click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".menu-card")).to_be_hidden()
    expect(page.locator(".menu-more summary")).to_be_focused()
