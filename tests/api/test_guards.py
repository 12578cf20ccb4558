"""A token opens the door, nothing else does, and no answer is without the site's headers."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Call, User
from coverage_app.services import accounts, tokens
from tests.api.conftest import Program, Values, problem
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.middleware.test_guards import snapshot

pytestmark = ON_SQLITE


def operations(app: Flask) -> list[tuple[str, str]]:
    """(method, address) of everything under /api that asks for a token."""
    return [
        (method, re.sub(r"<uuid:\w+>", str(uuid4()), rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def test_nothing_is_answered_without_a_token_of_somebody_active(
    app: Flask, people: People, sign_in: Callable[[User], FlaskClient]
) -> None:
    secret = tokens.make(people.cover, "CRM")[1]
    accounts.deactivate(people.cover.id, by=None, now=utcnow())
    expired = tokens.make(people.responsible, "CRM", expires_at=utcnow())[1]
    before = snapshot(app)
    tries = [
        (app.test_client(), {}),
        (app.test_client(), {"Authorization": "Bearer"}),
        (app.test_client(), {"Authorization": f"Bearer {uuid4()}"}),
        (app.test_client(), {"Authorization": f"Bearer {secret}"}),
        (app.test_client(), {"Authorization": f"Bearer {expired}"}),
        (app.test_client(), {"Authorization": f"Basic {secret}"}),
        (app.test_client(), {"Authorization": "Bearer ñ\x80"}),
    ]
    for client, headers in tries:
        for method, path in operations(app):
            answer = client.open(path, method=method, headers=headers, json={})
            assert problem(answer)[0] == 401, (method, path, headers)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert snapshot(app) == before


def test_no_cookie_counts(
    app: Flask, people: People, sign_in: Callable[[User], FlaskClient], stored: Callable[..., list[Any]]
) -> None:
    browser = sign_in(people.admin)
    assert {problem(browser.open(path, method=method, json={}))[0] for method, path in operations(app)} == {401}
    secret = tokens.make(people.responsible, "CRM")[1]
    contact = {"name": "Luis Gil"}
    answer = browser.post("/api/crm/contacts", json=contact, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


def test_the_record_is_its_who_owns_the_token(
    ana: Program, example: Values, people: People, stored: Callable[..., list[Any]]
) -> None:
    ana.post("/api/crm/calls", example)
    assert stored(select(Call.responsible_user_id)) == [people.responsible.id]


def test_everybody_who_signs_in_may_do_everything_here(
    program_of: Callable[[User], Program], ana: Program, example: Values, people: People
) -> None:
    path = ana.post("/api/crm/calls", example).headers["Location"]
    for person in (people.outsider, people.cover, people.admin):
        program = program_of(person)
        assert program.patch(path, {"note": person.name}).get_json()["note"] == person.name
    assert program_of(people.outsider).delete(path).status_code == 204


def test_api_docs_are_public_and_load_nothing_from_elsewhere(app: Flask) -> None:
    client = app.test_client()
    document, page = client.get("/api/openapi.json"), client.get("/api/docs")
    assert (document.status_code, document.content_type, page.status_code) == (200, "application/json", 200)
    loaded = re.findall(r"(?:\ssrc|<link[^>]*\shref|data-document)=\"([^\"]*)\"", page.text)
    assert len(loaded) == 6 and all(address.startswith(("/static/", "/api/")) for address in loaded)
    assert not re.search(r"\s(style|on[a-z]+)=|<style|<script(?![^>]*\ssrc=)", page.text)


def test_every_answer_carries_the_headers_of_the_site(ana: Program, example: Values) -> None:
    answers = [
        ana.get("/api/crm/calls"),
        ana.post("/api/crm/calls", example),
        ana.post("/api/crm/calls", {}),
        ana.get("/api/nothing"),
        ana.ask("PUT", "/api/crm/calls"),
        ana.client.get("/api/crm/calls"),
        ana.client.get("/api/openapi.json"),
    ]
    assert [answer.status_code for answer in answers] == [200, 201, 422, 404, 405, 401, 200]
    for answer in answers:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
