"""My tokens: made and shown once, seen last used, revoked after being asked, and nobody else's."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import ApiToken
from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.reading import Page, get, send

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
PATH = "/profile/tokens"


def users_status(app: Flask, secret: str) -> int:
    return app.test_client().get("/api/users", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_works_is_seen_used_and_revoked(app: Flask, ana: FlaskClient, stored: Stored) -> None:
    assert "No tienes ninguna." in get(ana, PATH).words
    form = get(ana, PATH).form(PATH)
    answer = ana.post(PATH, data=form.fields | {"name": "Nuestro CRM"})
    secret = re.search(r'<code class="secret"[^>]*>([\w-]{43})</code>', answer.text)[1]
    listed = get(ana, PATH)
    assert re.search(r"Nuestro CRM · creada el [^·]+, sin usar todavía · Revocar", listed.words)
    assert secret not in ana.get(PATH).text
    assert users_status(app, secret) == 200
    assert "Nuestro CRM · usada por última vez el" in get(ana, PATH).words

    [ask] = [link for link in listed.links if link.endswith("/revoke")]
    assert "¿Revocar la clave «Nuestro CRM»?" in get(ana, ask).words
    assert users_status(app, secret) == 200
    assert "Clave revocada." in send(ana, ask).words
    assert (users_status(app, secret), stored(select(ApiToken))) == (401, [])


def test_the_form_sent_twice_makes_one(ana: FlaskClient, stored: Stored) -> None:
    form = get(ana, PATH).form(PATH).fields | {"name": "CRM"}
    ana.post(PATH, data=form)
    again = Page(ana.post(PATH, data=form, follow_redirects=True))
    assert "solo se muestra una vez" in again.words
    assert stored(select(ApiToken.name)) == ["CRM"]


def test_a_token_without_a_name_or_with_too_long_a_one_is_not_made(ana: FlaskClient, stored: Stored) -> None:
    for name, sentence in (("  ", "Escribe un nombre."), ("x" * 101, "Demasiado largo: como máximo 100 caracteres.")):
        page = send(ana, PATH, name=name)
        assert (page.status, page.errors) == (422, {"name": sentence})
    assert stored(select(ApiToken)) == []


def test_somebody_elses_token_is_neither_seen_nor_revoked(ana: FlaskClient, people: People, stored: Stored) -> None:
    token, _ = tokens.make(people.admin, "de Alicia")
    assert "de Alicia" not in get(ana, PATH).words
    csrf = get(ana, PATH).form(PATH).fields["csrf_token"]
    for token_id in (token.id, uuid4()):
        assert ana.get(f"{PATH}/{token_id}/revoke").status_code == 404
        assert ana.post(f"{PATH}/{token_id}/revoke", data={"csrf_token": csrf}).status_code == 404
    assert stored(select(ApiToken.id)) == [token.id]
