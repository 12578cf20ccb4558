"""Importing in the browser: the file is sent, looked at, accepted or given up; what was exported comes in again."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from coverage_app.extensions import db
from coverage_app.models import Call, Import, Task, User
from coverage_app.services import imports
from coverage_app.services.entities import CALL, TASK, Entity
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.files import TakeIn, columns, csv_of
from tests.fixtures.people import People
from tests.web.conftest import Make, SignIn
from tests.web.page_reader import Page, get

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
Work = Callable[[], None]
LARGE = 2 * 2**20  # bytes: more than any form


def upload(
    browser: FlaskClient, file: bytes, name: str = "agenda.csv", path: str = "/imports/calls", **typed: Any
) -> Page:
    form = get(browser, path).form(path)
    return Page(post(browser, form.action, form.fields | {"file": (BytesIO(file), name)} | typed, follow=True))


def post(browser: FlaskClient, path: str, fields: dict[str, Any], *, follow: bool = False) -> TestResponse:
    """As the client would, but for the temporary file of a large body, which it never closes."""
    files = {name: FileStorage(*value) for name, value in fields.items() if isinstance(value, tuple)}
    boundary, body = encode_multipart(fields | files)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return browser.post(path, data=body, content_type=kind, follow_redirects=follow)


def press(browser: FlaskClient, page: Page, act: str) -> Page:
    form = page.form(f"{page.path}/{act}")
    return Page(browser.post(form.action, data=form.fields, follow_redirects=True))


def test_a_file_is_sent_checked_accepted_and_written(
    ana: FlaskClient, contact: Any, work: Work, stored: Stored
) -> None:
    page = upload(ana, csv_of("María Pérez;31/10/2027 02:30;;Bea Soto"))
    assert page.path.startswith("/imports/") and "agenda.csv" in page.words and "En espera" in page.words
    assert {form.action for form in page.forms} >= {f"{page.path}/discard"}
    work()
    page = get(ana, page.path)
    assert "Se puede guardar 1 línea. Todavía no se ha guardado nada." in page.words
    assert "Línea 2 · Próxima llamada Ese día los relojes marcan esta hora dos veces." in page.words
    assert stored(select(Call)) == []
    page = press(ana, page, "accept")
    assert "Guardándose" in page.words
    work()
    page = get(ana, page.path)
    assert "1 línea guardada, con sus recordatorios." in page.words and "/calls" in page.links
    assert len(stored(select(Call))) == 1
    assert "agenda.csv" in get(ana, "/imports/calls").words and "agenda.csv" not in get(ana, "/imports/tasks").words


def test_refused_lines_are_shown_and_there_is_nothing_to_accept(
    ana: FlaskClient, contact: Any, work: Work, stored: Stored
) -> None:
    path = upload(ana, csv_of("María Pérez;;;", "=Nadie;;;Bea Soto")).path
    work()
    page = get(ana, path)
    assert "Líneas que no se pueden guardar: 1 de 2; por eso no se guarda ninguna." in page.words
    assert "Línea 3 · Contacto No hay ningún contacto =Nadie. Créalo antes, en Contactos." in page.words
    assert f"{path}/accept" not in {form.action for form in page.forms}
    file = ana.get(f"{path}/lines.csv").data.decode("utf-8-sig")
    assert list(csv.reader(StringIO(file), delimiter=";"))[1:] == [
        ["3", "Contacto", "No hay ningún contacto =Nadie. Créalo antes, en Contactos."]
    ]
    token = page.form(f"{path}/discard").fields
    refused = Page(ana.post(f"{path}/accept", data=token, follow_redirects=True))
    assert "Hay líneas que no se pueden guardar." in refused.words
    assert "No se ha guardado nada." in press(ana, refused, "discard").words
    assert stored(select(Call)) == []


def test_unreadable_upload_is_reported_beside_the_field(ana: FlaskClient, people: People, stored: Stored) -> None:
    form = get(ana, "/imports/calls").form("/imports/calls")
    for given in ({}, {"file": (BytesIO(b""), "")}, {"file": "text instead of a file"}):
        answer = post(ana, "/imports/calls", form.fields | given)
        assert (answer.status_code, Page(answer).errors) == (422, {"file": "Elige un archivo."})
    page = upload(ana, b"PK\x03\x04\x00", "agenda.xlsx")
    assert (page.status, list(page.errors)) == (422, ["file"])
    assert stored(select(Import)) == []


def test_duplicate_upload_makes_one_import_and_its_name_is_escaped(ana: FlaskClient, stored: Stored) -> None:
    form = get(ana, "/imports/calls").form("/imports/calls")
    for _ in range(2):
        file = {"file": (BytesIO(csv_of("Nadie;;;")), "../<b>\x00\u202ea" + "x" * 300)}
        answer = post(ana, form.action, form.fields | file)
        assert answer.status_code == 302
    (name,) = stored(select(Import.name))
    assert name.startswith("../<b>a") and len(name) == 200
    assert "&lt;b&gt;a" in ana.get(answer.location).text


def test_upload_may_exceed_the_form_limit_only_there_and_signed_in(
    app: Flask, ana: FlaskClient, client: FlaskClient, contact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = csv_of("María Pérez;;;", *[""] * (LARGE // 2))
    assert upload(ana, large).status == 200
    monkeypatch.setattr(imports, "MAX_FILE", LARGE // 2)
    token = {"csrf_token": get(ana, "/imports/calls").forms[0].fields["csrf_token"]}
    for browser, path in ((ana, "/imports/calls"), (ana, "/calls/new"), (client, "/imports/tasks")):
        file = {"file": (BytesIO(b"x" * LARGE), "x.csv"), "note": "x"}
        answer = post(browser, path, token | file)
        assert answer.status_code == 413, path
    assert "hasta 384 kilobytes; un archivo para importar, hasta veinte megabytes" in answer.text


def test_import_is_visible_to_its_owner_only(
    ana: FlaskClient, people: People, sign_in: SignIn, take_in: TakeIn, stored: Stored
) -> None:
    path = f"/imports/{take_in(csv_of('Nadie;;;'))}"
    for other in (sign_in(people.cover), sign_in(people.admin)):
        token = {"csrf_token": get(other, "/imports/calls").forms[0].fields["csrf_token"]}
        assert {other.get(path).status_code, other.get(f"{path}/lines.csv").status_code} == {404}
        assert {other.post(f"{path}/{act}", data=token).status_code for act in ("accept", "discard")} == {404}
        assert "agenda" not in get(other, "/imports/calls").words
    assert ana.get(f"/imports/{uuid4()}").status_code == 404
    assert stored(select(Import.state)) == ["waiting"]


@pytest.mark.parametrize(("entity", "model"), [(CALL, Call), (TASK, Task)], ids=["calls", "tasks"])
def test_what_was_exported_comes_in_again_in_either_language(
    ana: FlaskClient, people: People, make: Make, work: Work, stored: Stored, now: Any, entity: Entity, model: Any
) -> None:
    noon = now.replace(second=0)
    if entity is CALL:
        make(CALL, 40, called_at=noon, proxima_llamada_fecha=noon, direction="in", duration=750, phone="+34 91",
             result="=1+1", note="-uno\ndos;", proxima_accion_fecha=noon, proxima_accion="Enviar")  # fmt: skip
        make(CALL, None, called_at=noon, coverage_user_id=None, responsible_user_id=people.outsider.id)
    else:
        make(TASK, None, complete_till=noon, text="@casa\nllamar", is_completed=True)
        make(TASK, None, coverage_user_id=None, entity_id=None)
    entered = ("id", "created_at", "updated_at", "version")
    before, locales = columns(stored(select(model)), *entered), ("es", "en")
    for locale in locales:
        db.session.execute(update(User).values(locale=locale))
        db.session.commit()
        page = upload(ana, ana.get(f"/{entity.folder}/export.csv?state=all").data, path=f"/imports/{entity.folder}")
        work()
        db.session.execute(model.__table__.delete())
        db.session.commit()
        press(ana, get(ana, page.path), "accept")
        work()
        assert _minutes(columns(stored(select(model)), *entered)) == _minutes(before)


def _minutes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An export has no seconds."""
    return [{name: v.replace(second=0) if hasattr(v, "second") else v for name, v in row.items()} for row in rows]


def test_the_template_has_every_heading_and_no_line(ana: FlaskClient, contact: Any) -> None:
    file = ana.get("/imports/tasks/template.csv").data
    heading, *lines = csv.reader(StringIO(file.decode("utf-8-sig")), delimiter=";")
    assert heading == [
        *("Qué hay que hacer", "Contacto", "Teléfono", "Fecha límite", "Hecho", "Responsable", "Cobertura")
    ]
    assert lines == []
    assert "/imports/tasks" in get(ana, "/tasks").links
    filled = file + "Pedir cita;María Pérez;;03/12/2026 10:00;;;Bea Soto\r\n".encode()
    assert upload(ana, filled, path="/imports/tasks").status == 200
