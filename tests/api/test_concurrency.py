"""Several programs at once: everybody is answered, and what is stored is consistent."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import select

from coverage_app.extensions import db
from coverage_app.models import Call, FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import tokens
from tests.api.conftest import Program, Values, z
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
CLIENTS = 8


def together(app: Flask, people: People, acts: list[Callable[[Program], Any]]) -> list[Any]:
    """Each act by a program of its own, all at the same moment."""
    secrets = [tokens.make(people.responsible, str(number))[1] for number in range(len(acts))]
    db.session.remove()
    start = Barrier(len(acts))

    def run(secret: str, act: Callable[[Program], Any]) -> Any:
        program = Program(app.test_client(use_cookies=False), secret)
        start.wait()
        return act(program)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, secrets, acts))


def consistent(stored: Stored) -> bool:
    """One follow-up and three reminders, for the date and the cover that the call has now."""
    (call,), (follow_up,) = stored(select(Call)), stored(select(FollowUp))
    wanted = (call.proxima_llamada_fecha, call.coverage_user_id)
    rows = Counter((row.event_due_date, row.coverage_user_id) for row in stored(select(Row)))
    return (follow_up.due_at, follow_up.coverage_user_id) == wanted and rows == {wanted: 3}


def test_eight_clients_write_one_call_at_once(
    app: Flask, ana: Program, example: Values, people: People, now: datetime, stored: Stored
) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    covers = [str(people.cover.id), str(people.outsider.id)]

    def write(number: int) -> Callable[[Program], list[int]]:
        bodies = [
            {"proxima_llamada_fecha": z(now + timedelta(hours=49 + number + 10 * turn)), "coverage_user_id": cover}
            for turn, cover in enumerate(covers)
        ]
        return lambda program: [program.patch(path, body).status_code for body in bodies]

    answers = together(app, people, [write(number) for number in range(CLIENTS)])
    assert answers == [[200, 200]] * CLIENTS
    assert stored(select(Call.version)) == [1 + 2 * CLIENTS]
    assert consistent(stored)


def test_of_eight_changes_meant_for_one_version_one_is_made(
    app: Flask, ana: Program, example: Values, people: People, now: datetime, stored: Stored
) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]

    def write(number: int) -> Callable[[Program], int]:
        body = {"proxima_llamada_fecha": z(now + timedelta(hours=50 + number))}
        return lambda program: program.patch(path, body, If_Match='"1"').status_code

    answers = together(app, people, [write(number) for number in range(CLIENTS)])
    assert Counter(answers) == {200: 1, 412: CLIENTS - 1}
    assert consistent(stored)


def test_the_same_post_under_one_key_by_eight_at_once_makes_one_call(
    app: Flask, example: Values, people: People, stored: Stored
) -> None:
    def send(program: Program) -> tuple[int, Any]:
        answer = program.post("/api/crm/calls", example, Idempotency_Key="k-1")
        return answer.status_code, answer.get_json().get("id")

    answers = together(app, people, [send] * CLIENTS)
    (call,) = stored(select(Call))
    assert answers == [(201, str(call.id))] * CLIENTS
    assert consistent(stored)
