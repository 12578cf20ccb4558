"""My tokens: made and shown once, seen last used, revoked after a confirmation, and nobody else's."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import ApiToken
from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.page_reader import Page, get, send

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
PATH = "/profile/tokens"


def users_status(app: Flask, secret: str) -> int:
    return app.test_client().get("/api/users", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_works_is_seen_used_and_revoked(app: Flask, ana: FlaskClient, stored: Stored) -> None:
    assert "No tienes ninguna." in get(ana, PATH).words
    form = get(ana, PATH).form(PATH)
    answer = ana.post(PATH, data=form.fields | {"name": "Nuestro CRM"})
    [secret] = Page(answer).texts("code.secret")
    assert re.fullmatch(r"[\w-]{43}", secret)
    listed = get(ana, PATH)
    assert re.search(r"Nuestro CRM · creada el [^·]+ · sin usar todavía · no caduca · Revocar", listed.words)
    assert secret not in ana.get(PATH).text
    assert users_status(app, secret) == 200
    assert re.search(r"Nuestro CRM · creada el [^·]+ · usada por última vez el", get(ana, PATH).words)

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


def test_a_token_expires_after_the_time_that_was_chosen(ana: FlaskClient, stored: Stored) -> None:
    assert [*get(ana, PATH).form(PATH).offered["days"]] == ["", "30", "90", "365"]
    for days in (30, 90, 365):
        made = send(ana, PATH, name=str(days), days=str(days))
        assert re.search(r"Validez: hasta el \w+ \d", made.words)
    listed = stored(select(ApiToken).order_by(ApiToken.created_at))
    assert [(token.expires_at - token.created_at + timedelta(minutes=1)).days for token in listed] == [30, 90, 365]
    assert get(ana, PATH).words.count("caduca el") == 3


def test_a_lifetime_that_is_not_offered_makes_no_token(ana: FlaskClient, stored: Stored) -> None:
    for days in ("31", "-1", "0", "x", "1e9", "9" * 99):
        assert send(ana, PATH, name="CRM", days=days).errors == {"days": "Elige de la lista."}
    assert stored(select(ApiToken)) == []


def test_an_expired_token_is_refused_and_listed_as_expired(app: Flask, ana: FlaskClient, people: People) -> None:
    moment = utcnow() + timedelta(days=2)
    secrets = [
        tokens.make(people.responsible, name, expires_at=at)[1] for name, at in (("past", utcnow()), ("next", moment))
    ]
    assert [users_status(app, secret) for secret in secrets] == [401, 200]
    words = get(ana, PATH).words
    assert re.search(r"past · creada el [^·]+ · sin usar todavía · caducada \w+ \d", words)
    assert re.search(r"next · creada el [^·]+ · usada [^·]+ · caduca el", words)


def test_somebody_elses_token_is_neither_seen_nor_revoked(ana: FlaskClient, people: People, stored: Stored) -> None:
    token, _ = tokens.make(people.admin, "de Alicia")
    assert "de Alicia" not in get(ana, PATH).words
    csrf = get(ana, PATH).form(PATH).fields["csrf_token"]
    for token_id in (token.id, uuid4()):
        assert ana.get(f"{PATH}/{token_id}/revoke").status_code == 404
        assert ana.post(f"{PATH}/{token_id}/revoke", data={"csrf_token": csrf}).status_code == 404
    assert stored(select(ApiToken.id)) == [token.id]
