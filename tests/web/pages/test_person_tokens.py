"""Tokens where a password is changed or reset, and on the page of a person: listed, and revoked once confirmed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import ApiToken
from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import SignIn
from tests.web.page_reader import Page, get, send
from tests.web.pages.test_tokens import users_status

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
NEW = "cuatro palabras al azar"
FORM = "/profile/password"


@pytest.fixture
def hers(people: People) -> list[str]:
    """The secrets of Bea's two tokens that are good; one more has expired."""
    tokens.make(people.cover, "gone", expires_at=utcnow())
    return [tokens.make(people.cover, name)[1] for name in ("CRM", "script")]


def test_changing_ones_password_lists_ones_tokens_and_leaves_them(
    app: Flask, people: People, hers: list[str], sign_in: SignIn, password: str
) -> None:
    tokens.make(people.admin, "de Alicia")
    bea = sign_in(people.cover)
    page = get(bea, FORM)
    assert "Con 2 claves otros programas trabajan aquí en tu nombre. Seguirán funcionando" in page.words
    listed = [name for name in ("script", "CRM", "gone", "de Alicia") if f"{name} · creada el" in page.words]
    assert listed == ["script", "CRM"]
    changed = send(bea, FORM, present=password, password=NEW, again=NEW)
    assert "Contraseña cambiada." in changed.words and "revocad" not in changed.words
    assert [users_status(app, secret) for secret in hers] == [200, 200]


def test_changing_ones_password_revokes_ones_tokens_if_ticked(
    app: Flask, people: People, hers: list[str], sign_in: SignIn, password: str
) -> None:
    bea = sign_in(people.cover)
    wrong = send(bea, FORM, present="wrong", password=NEW, again=NEW, revoke_tokens="y")
    assert (wrong.status, wrong.form(FORM).fields["revoke_tokens"]) == (422, "y")  # still ticked
    assert [users_status(app, secret) for secret in hers] == [200, 200]
    changed = send(bea, FORM, present=password, password=NEW, again=NEW, revoke_tokens="y")
    assert "Tus claves se han revocado." in changed.words
    assert [users_status(app, secret) for secret in hers] == [401, 401]
    assert "claves" not in get(bea, FORM).words


def test_a_reset_says_how_many_tokens_there_are_and_offers_to_revoke_them(
    app: Flask, alicia: FlaskClient, people: People, hers: list[str]
) -> None:
    path = f"/people/{people.cover.id}/password"
    assert "Con 2 claves otros programas trabajan aquí en su nombre." in get(alicia, path).words
    send(alicia, path)
    assert [users_status(app, secret) for secret in hers] == [200, 200]
    send(alicia, path, revoke_tokens="y")
    assert [users_status(app, secret) for secret in hers] == [401, 401]
    assert "claves" not in get(alicia, path).words


def test_tokens_are_listed_before_a_given_password_is_changed(
    app: Flask, alicia: FlaskClient, people: People, hers: list[str]
) -> None:
    path = f"/people/{people.cover.id}/password"
    answer = alicia.post(path, data=get(alicia, path).form(path).fields)
    [given] = Page(answer).texts("code.secret")
    bea = app.test_client()
    page = send(bea, "/sign-in", email=people.cover.email, password=given)
    assert "Con 2 claves" in page.words
    send(bea, FORM, present=given, password=NEW, again=NEW, revoke_tokens="y")
    assert [users_status(app, secret) for secret in hers] == [401, 401]


def test_an_administrator_sees_and_revokes_the_tokens_of_a_person(
    app: Flask, alicia: FlaskClient, people: People, stored: Stored
) -> None:
    secret = tokens.make(people.cover, "Contabilidad", expires_at=utcnow() + timedelta(days=9))[1]
    tokens.make(people.responsible, "de Ana")
    path = f"/people/{people.cover.id}"
    page = get(alicia, path)
    assert re.search(r"Contabilidad · creada el [^·]+ · sin usar todavía · caduca el [^·]+ · Revocar", page.words)
    assert "de Ana" not in page.words
    [ask] = [link for link in page.links if link.endswith("/revoke")]
    page = get(alicia, ask)
    assert "¿Revocar la clave «Contabilidad»?" in page.words and "De Bea Soto" in page.words
    assert path in page.links and users_status(app, secret) == 200
    done = send(alicia, ask)
    assert (done.path, users_status(app, secret)) == (path, 401)
    assert re.search(r"Clave revocada [^·]+ · Alicia Mora Contabilidad", done.words)
    assert stored(select(ApiToken.name)) == ["de Ana"]


def test_a_token_that_is_gone_is_not_found(alicia: FlaskClient, people: People) -> None:
    token_id = tokens.make(people.cover, "CRM")[0].id
    ask = f"/people/tokens/{token_id}/revoke"
    form = get(alicia, ask).form(ask).fields
    alicia.post(ask, data=form)
    assert Page(alicia.post(ask, data=form)).status == 404
    assert [get(alicia, f"/people/tokens/{one}/revoke").status for one in (token_id, uuid4(), "1")] == [404] * 3
