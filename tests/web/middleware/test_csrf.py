"""Every change needs the token of a page of ours."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import MakeCall
from tests.web.middleware.test_guards import address, rules, snapshot
from tests.web.page_reader import Page, get


def test_no_post_without_its_token_changes_anything(app: Flask, ana: FlaskClient, make_call: MakeCall) -> None:
    call = make_call()
    before = snapshot(app)
    paths = [address(rule) for rule in rules(app) if "POST" in rule.methods and not rule.rule.startswith("/api/")]
    form = get(ana, f"/calls/{call.id}/edit").form(f"/calls/{call.id}/edit").fields
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 90}):
        sent = {name: value for name, value in form.items() if name != "csrf_token"} | token | {"event": "next_call"}
        assert {ana.post(path, data=sent).status_code for path in paths} == {400}
    assert snapshot(app) == before


def test_the_refusal_says_what_to_do_and_leads_back_to_the_form(ana: FlaskClient) -> None:
    page = Page(ana.post("/contacts/new", data={"name": "Ana", "record_id": str(uuid4())}))
    assert page.status == 400
    assert "El formulario llevaba demasiado tiempo abierto" in page.words
    assert page.links == ["/contacts/new"]


def test_the_token_of_another_browser_is_refused(
    app: Flask, ana: FlaskClient, stored: Callable[..., list[Any]]
) -> None:
    foreign = get(app.test_client(), "/sign-in").forms[0].fields["csrf_token"]
    answer = ana.post("/contacts/new", data={"name": "Ana", "record_id": str(uuid4()), "csrf_token": foreign})
    assert answer.status_code == 400
