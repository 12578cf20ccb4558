"""A password that somebody else has read is changed before anything else is done with it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.models import Contact, User
from coverage_app.services import accounts, tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.web.conftest import MakeCall
from tests.web.middleware.test_guards import address, rules
from tests.web.page_reader import Page, get, send
from tests.web.pages.test_people import FIRST, add

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
NEW = "cuatro palabras al azar"
FORM = "/profile/password"


@pytest.fixture
def given(people: People) -> str:
    """The password that Bea was given."""
    return accounts.reset_password(people.cover.id, by=people.admin, now=utcnow())


@pytest.fixture
def bea(app: Flask, people: People, given: str) -> FlaskClient:
    """The browser in which Bea has signed in with it."""
    browser = app.test_client()
    assert send(browser, "/sign-in", email=people.cover.email, password=given).path == FORM
    return browser


def test_every_page_leads_to_the_change_until_it_is_done(app: Flask, bea: FlaskClient, given: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    open_to_all = {"static", "session.sign_in", "monitoring.healthz", "monitoring.readyz", "monitoring.metrics"}
    answers = {
        (rule.endpoint, method): bea.open(address(rule), method=method)
        for rule in rules(app)
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint not in open_to_all | {"session.sign_out"}
    }
    shown = {key for key, answer in answers.items() if (answer.location or "").partition("?")[0] != FORM}
    assert shown == {("profile.password", "GET"), ("profile.password", "POST")}
    app.config["WTF_CSRF_ENABLED"] = True
    page = send(bea, FORM, present=given, password=NEW, again=NEW)
    assert (page.path, page.status) == ("/", 200) and "Contraseña cambiada." in page.words
    assert get(bea, "/calls").status == 200


def test_the_change_leads_on_to_the_page_that_was_wanted(
    app: Flask, people: People, given: str, make_call: MakeCall
) -> None:
    call, browser = f"/calls/{make_call().id}", app.test_client()
    form = get(browser, "/sign-in").form("/sign-in").fields | {"email": people.cover.email, "password": given}
    entered = browser.post(f"/sign-in?next={call}", data=form)
    wanted = browser.get(entered.location).location
    assert wanted == f"{FORM}?next={call}"
    wrong = send(browser, wanted, present="wrong", password=NEW, again=NEW)
    assert wrong.status == 422 and wrong.form(wanted)
    assert send(browser, wanted, present=given, password=NEW, again=NEW).path == call


def test_the_change_leads_to_no_other_site(bea: FlaskClient, given: str) -> None:
    page = get(bea, f"{FORM}?next=//evil.example/")
    form = page.forms[0]
    left = bea.post(form.action, data=form.fields | {"present": given, "password": NEW, "again": NEW})
    assert left.location == "/"


def test_nothing_is_saved_before_the_change(bea: FlaskClient, stored: Stored) -> None:
    form = {"csrf_token": get(bea, FORM).form(FORM).fields["csrf_token"], "record_id": str(uuid4()), "name": "Luis"}
    assert bea.post("/contacts/new", data=form).location == FORM
    assert stored(select(Contact)) == []


def test_the_form_says_why_and_takes_no_password_twice(bea: FlaskClient, people: People, given: str) -> None:
    page = get(bea, FORM)
    assert "Otra persona te ha dado la contraseña que tienes." in page.words
    assert page.links == []  # each would lead back here
    assert [form.action for form in page.forms] == [FORM, "/sign-out"]
    again = send(bea, FORM, present=given, password=given, again=given)
    assert (again.status, again.errors) == (422, {"password": "Es la contraseña que ya tienes. Elige otra."})
    assert bea.get("/calls").location == f"{FORM}?next=/calls"


def test_signing_out_is_open_before_the_change(bea: FlaskClient) -> None:
    left = bea.post("/sign-out", data=get(bea, FORM).form("/sign-out").fields)
    assert left.location == "/sign-in"


def test_tokens_work_before_the_change(app: Flask, people: People, given: str) -> None:
    secret = tokens.make(people.cover, "CRM")[1]
    answer = app.test_client().get("/api/users", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_somebody_new_must_change_the_password_they_are_given(app: Flask, alicia: FlaskClient) -> None:
    _page, password = add(alicia)
    page = send(app.test_client(), "/sign-in", email="eva@example.com", password=password)
    assert page.path == FORM


def test_an_administrator_gives_a_password_that_must_be_changed(
    app: Flask, alicia: FlaskClient, people: People
) -> None:
    path = f"/people/{people.cover.id}/password"
    answer = alicia.post(path, data=get(alicia, path).form(path).fields)
    assert "Al entrar con ella elegirá la suya." in Page(answer).words
    found = FIRST.search(answer.text)
    assert found
    page = send(app.test_client(), "/sign-in", email=people.cover.email, password=found[1])
    assert page.path == FORM


def test_only_passwords_made_by_a_command_must_be_changed(app: Flask, stored: Stored) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["create-user", "a@example.com", "--name", "A"])
    runner.invoke(args=["create-user", "b@example.com", "--name", "B", "--password-stdin"], input="correct horse\n")
    must = stored(select(User.must_change_password).order_by(User.email))
    assert must == [True, False]


def test_the_demo_is_looked_at_with_the_passwords_it_prints(app: Flask, stored: Stored) -> None:
    assert app.test_cli_runner().invoke(args=["demo"]).exit_code == 0
    assert set(stored(select(User.must_change_password))) == {False}
