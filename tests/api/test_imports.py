"""Files of calls and tasks through the API: uploaded, described, accepted; each refusal with its reason."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from coverage_app.models import Call, Import, Task
from coverage_app.models import Reminder as Row
from coverage_app.services import imports
from tests.api.conftest import Program, problem
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.files import csv_of
from tests.fixtures.people import People

pytestmark = ON_SQLITE
CALLS, TASKS = "/api/crm/calls/import", "/api/crm/tasks/import"
GOOD = csv_of("María Pérez;2099-12-03T10:00:00+01:00;;bea@example.com")
Stored = Callable[..., list[Any]]
Work = Callable[[], None]


def send(
    program: Program, file: bytes, path: str = CALLS, kind: str | None = "text/csv", **headers: str
) -> TestResponse:
    given = {"Authorization": f"Bearer {program.secret}"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return program.client.post(path, data=file, content_type=kind, headers=given)


def test_a_file_is_taken_in_checked_accepted_and_written(
    ana: Program, contact: Any, work: Work, stored: Stored
) -> None:
    answer = send(ana, GOOD)
    path, answered = answer.headers["Location"], answer.get_json()
    assert (answer.status_code, path) == (202, f"/api/imports/{answered['id']}")
    facts = ("kind", "name", "timezone", "state", "lines", "checked", "refused", "written", "problem", "first_refused")
    assert [answered[name] for name in facts] == ["call", None, "Europe/Madrid", "waiting", None, 0, 0, 0, None, []]
    assert problem(ana.post(f"{path}/accept", None)) == (409, "Todavía se está comprobando. Espera un momento.")
    work()
    answered = ana.get(path).get_json()
    assert [answered[name] for name in facts[3:]] == ["checked", 1, 1, 0, 0, None, []]
    for _ in range(2):
        assert ana.post(f"{path}/accept", None).get_json()["state"] == "writing"
    assert problem(ana.post(f"{path}/discard", None)) == (409, "Ya se había aceptado o ha terminado.")
    work()
    answered = ana.get(path).get_json()
    assert [answered[name] for name in facts[3:]] == ["written", 1, 1, 0, 1, None, []]
    assert [f"{call.proxima_llamada_fecha:%FT%TZ}" for call in stored(select(Call))] == ["2099-12-03T09:00:00Z"]
    assert len(stored(select(Row))) == 3


def test_refused_lines_are_listed_and_keep_it_from_being_written(ana: Program, work: Work, stored: Stored) -> None:
    file = "text;complete_till\r\nuna;ayer\r\ndos;\r\n".encode("cp1252")
    path = send(ana, file, TASKS, "text/csv; charset=windows-1252").headers["Location"]
    work()
    answered = ana.get(path).get_json()
    assert (answered["kind"], answered["state"], answered["lines"], answered["refused"]) == ("task", "checked", 2, 1)
    assert answered["first_refused"] == [
        {
            "line": 2,
            "column": "Fecha límite",
            "sentence": "Escribe una fecha y una hora, por ejemplo 03/12/2026 10:00, entre 2000 y 2100.",
            "refused": True,
        }
    ]
    status, said = problem(ana.post(f"{path}/accept", None))
    assert (status, said) == (409, "Hay líneas que no se pueden guardar. Corrige el archivo y vuelve a enviarlo.")
    assert ana.post(f"{path}/discard", None).get_json()["state"] == "discarded"
    assert problem(ana.post(f"{path}/accept", None))[0] == 409
    assert stored(select(Task)) == []


def test_the_same_key_and_file_are_one_import(ana: Program, stored: Stored) -> None:
    first, again = (send(ana, GOOD, Idempotency_Key="k-1") for _ in range(2))
    assert (again.status_code, again.get_json(), again.headers["Location"]) == (
        202,
        first.get_json(),
        first.headers["Location"],
    )
    assert problem(send(ana, GOOD + b"x", Idempotency_Key="k-1"))[0] == 409
    assert problem(send(ana, GOOD, TASKS, Idempotency_Key="k-1"))[0] in (409, 422)
    assert len(stored(select(Import))) == 1
    assert send(ana, GOOD).get_json()["id"] != first.get_json()["id"]


@pytest.mark.parametrize(
    ("file", "kind", "status"),
    [
        (GOOD, None, 415),
        (GOOD, "application/json", 415),
        (GOOD, "multipart/form-data; boundary=x", 415),
        (GOOD, "text/csv; charset=utf-16", 415),
        (b"", "text/csv", 422),
        (b"PK\x03\x04", "text/csv", 422),
        (b"Contacto\x00", "text/csv", 422),
        (b"nope", "text/csv; charset=utf-8", 422),
        (b'"' + b"x" * 10**6, "text/csv", 422),
    ],
)
def test_what_is_no_file_of_calls_is_refused_with_the_reason(
    ana: Program, stored: Stored, file: bytes, kind: str | None, status: int
) -> None:
    code, said = problem(send(ana, file, kind=kind))
    assert code == status
    assert list(said) == ["file"] if status == 422 else said
    assert stored(select(Import)) == []


def test_a_file_may_be_larger_than_a_body_and_there_alone(ana: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"Contacto\r\n" + b"\r\n" * 2**20
    assert send(ana, large).status_code == 202
    assert problem(send(ana, large, "/api/crm/calls", "application/json"))[0] == 413
    monkeypatch.setattr(imports, "MAX_FILE", 2**20)
    assert problem(send(ana, large))[0] == 413
    in_pieces = {"wsgi.input_terminated": True, "wsgi.input": BytesIO(large), "CONTENT_TYPE": "text/csv"}
    headers = {"Authorization": f"Bearer {ana.secret}"}
    assert problem(ana.client.post(CALLS, environ_overrides=in_pieces, headers=headers))[0] == 413
    assert problem(send(Program(ana.client, "nobody's"), large))[0] == 401


def test_an_import_is_ones_own(
    ana: Program, program_of: Callable[..., Program], people: People, stored: Stored
) -> None:
    path = send(ana, GOOD).headers["Location"]
    for other in (people.cover, people.admin):
        program = program_of(other)
        answers = [program.get(path), *(program.post(f"{path}/{act}", None) for act in ("accept", "discard"))]
        assert {problem(answer)[0] for answer in answers} == {404}
    assert problem(ana.get(f"/api/imports/{uuid4()}"))[0] == 404
    assert stored(select(Import.state)) == ["waiting"]
