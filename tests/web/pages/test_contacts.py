"""A contact's page: everything about them, each kind with the way to all of it and to a new one."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import Contact
from coverage_app.services.entities import CALL, ENTITIES, OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.conftest import Make
from tests.web.page_reader import Page, get

Stored = Callable[..., list[Any]]
FOLDERS = [entity.folder for entity in ENTITIES.values()]


def listed(page: Page) -> dict[str, list[str]]:
    """The records that a page links to, by kind."""
    return {
        folder: sorted(
            {link for link in page.links if link.startswith(f"/{folder}/") and len(link) == len(folder) + 38}
        )
        for folder in FOLDERS
    }


def test_everything_about_them_is_there_and_nothing_of_anybody_else(
    ana: FlaskClient, make: Make, contact: Contact, people: People
) -> None:
    opportunity = make(OPPORTUNITY)
    made = {
        "calls": [make(CALL), make(CALL, None)],
        "tasks": [make(TASK), make(TASK, None)],
        "opportunities": [opportunity],
        "pipeline": [make(PIPELINE_ACTION), make(PIPELINE_ACTION, opportunity_id=opportunity.id, contact_id=None)],
    }
    make(TASK, entity_id=None), make(OPPORTUNITY, contact_id=None)
    page = get(ana, f"/contacts/{contact.id}")
    wanted = {folder: sorted(f"/{folder}/{record.id}" for record in records) for folder, records in made.items()}
    assert listed(page) == wanted
    for folder in FOLDERS:
        [everything] = [link for link in page.links if link.endswith(f"?contact={contact.id}&state=all")
                        and link.startswith(f"/{folder}")]  # fmt: skip
        assert listed(get(ana, everything))[folder] == wanted[folder]


def test_a_long_life_is_shown_by_its_latest_few(ana: FlaskClient, make: Make, contact: Contact) -> None:
    tasks = [make(TASK, hours) for hours in (10, 20, 30, 40, 50, 60, 70)]
    page = get(ana, f"/contacts/{contact.id}")
    assert listed(page)["tasks"] == sorted(f"/tasks/{task.id}" for task in tasks[2:])


def test_a_new_record_of_each_kind_begins_with_the_contact(ana: FlaskClient, contact: Contact) -> None:
    page = get(ana, f"/contacts/{contact.id}")
    chosen = {}
    for folder, entity in zip(FOLDERS, ENTITIES.values(), strict=True):
        link = next(link for link in page.links if link == f"/{folder}/new?contact={contact.id}")
        chosen[folder] = get(ana, link).form(f"/{folder}/new").fields[entity.contact]
    assert chosen == dict.fromkeys(FOLDERS, str(contact.id))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_contact_that_does_not_exist_is_not_chosen(ana: FlaskClient, contact: Contact, folder: str) -> None:
    column = next(entity.contact for entity in ENTITIES.values() if entity.folder == folder)
    for unknown in (uuid4(), "x", "%00"):
        assert get(ana, f"/{folder}/new?contact={unknown}").form(f"/{folder}/new").fields[column] == ""


@BOTH_DATABASES
def test_a_contact_with_records_is_not_deleted_and_says_how_many_of_each(
    ana: FlaskClient, make: Make, contact: Contact, stored: Stored
) -> None:
    make(CALL), make(CALL), make(TASK), make(OPPORTUNITY), make(PIPELINE_ACTION)
    path = f"/contacts/{contact.id}"
    form = get(ana, f"{path}/edit").form(f"{path}/edit").fields
    page = Page(ana.post(f"{path}/delete", data=form))
    assert (page.status, len(stored(select(Contact)))) == (409, 1)
    assert "2 llamadas 1 tarea 1 oportunidad 1 lugar en el embudo" in page.words
    links = {link for link in page.links if f"contact={contact.id}" in link}
    assert links == {
        f"/{folder}?contact={contact.id}&state=all" for folder in ("calls", "tasks", "opportunities", "pipeline/list")
    }
