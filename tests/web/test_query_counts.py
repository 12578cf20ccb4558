"""A page asks the database a fixed number of questions, however much there is to show; a button only what it saves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from coverage_app.extensions import db
from coverage_app.services.entities import OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall
from tests.web.page_reader import get

pytestmark = BOTH_DATABASES


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile, beginnings of transactions apart."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


EVERYWHERE = 3  # who asks (1) and how the engine is (2)
OWN = {
    "/?view=all": 6,
    "/?view=all&period=overdue": 5,
    "/?view=all&q=perez": 6,
    "/calendar?view=all": 4,
    "/calendar?view=all&shape=week": 4,
    "/calendar?view=all&shape=agenda": 4,
    "/calls": 2,
    "/tasks": 3,
    "/opportunities": 3,
    "/pipeline": 3,
    "/pipeline/list": 3,
    "/contacts": 1,
    "/deliveries": 1,
    "/calls/new": 2,
    "/imports/calls": 1,
}


def test_ten_times_as_much_costs_as_many_questions(
    app: Flask, ana: FlaskClient, people: People, make_call: MakeCall, make: Make
) -> None:
    for more in (1, 10):
        for number in range(more):
            make_call(30 + number, responsible_user_id=[people.responsible, people.outsider][number % 2].id)
            make_call(-2 - number)
            make(TASK, 30 + number)
            make(PIPELINE_ACTION, 30 + number, contact_id=None, opportunity_id=make(OPPORTUNITY).id)
        costs = {}
        for path in OWN:
            with counting(app) as said:
                assert ana.get(path).status_code == 200
            costs[path] = len(said) - EVERYWHERE
        assert costs == OWN


@ON_SQLITE
def test_a_button_asks_nothing_before_or_after_its_save(app: Flask, ana: FlaskClient, make: Make) -> None:
    buttons = {
        "done": (TASK, {"event": "task_due"}),
        "move": (PIPELINE_ACTION, {"to": "contract"}),
        "win": (OPPORTUNITY, {"to": "won"}),
    }
    costs = {}
    for name, (entity, fields) in buttons.items():
        path = f"/{entity.folder}/{make(entity, 48).id}"
        form = get(ana, path).form(f"{path}/{'done' if name == 'done' else 'move'}")
        with counting(app) as said:
            assert ana.post(form.action, data=form.fields | fields).status_code == 302
        costs[name] = len(said)
    assert costs == {"done": 8, "move": 9, "win": 11}


def test_a_calls_page_costs_the_same_however_many_reminders_it_has(
    app: Flask, ana: FlaskClient, make_call: MakeCall
) -> None:
    with counting(app) as few:
        ana.get(f"/calls/{make_call(None).id}")
    few_looks = [statement for statement in few if statement.startswith("SELECT")]
    path = f"/calls/{make_call(30, proxima_accion_fecha=None).id}"
    with counting(app) as many:
        ana.get(path)
    assert len(many) == 7 and len(few_looks) >= 5
