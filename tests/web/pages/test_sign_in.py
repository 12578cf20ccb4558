"""Signing in and out: only with the right password, only to this site, and for good when it ends."""

from threading import BoundedSemaphore
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coverage_app.clock import utcnow
from coverage_app.models import User
from coverage_app.services import accounts
from coverage_app.services.accounts import hashing
from tests.fixtures.people import People
from tests.web.conftest import SignIn
from tests.web.page_reader import Page, get, send

HOSTILE = [
    "//e.com",
    "///e.com",
    "https:///e.com",
    "https://e.com/",
    "https:e.com",
    "/\\e.com",
    "\\\\e.com",
    "/\t/e.com",
    "/\r\n/e.com",
    "/x\r\nLocation: //e.com",
    "javascript:alert(1)",
    "@e.com",
    "e.com",
    "/ /e.com",
    "\x00",
    "",
    "/" + "x" * 3000,
]


def enter(browser: FlaskClient, user: User, password: str, goal: str | None = None) -> str:
    """Sign in from the page that ``goal`` led to; where it leads then."""
    page = Page(browser.get("/sign-in", query_string={"next": goal} if goal is not None else {}))
    form = page.forms[0]
    answer = browser.post(
        "/sign-in",
        query_string={"next": goal} if goal is not None else {},
        data=form.fields | {"email": user.email, "password": password},
    )
    assert answer.status_code == 302
    return answer.location


def test_signing_in_never_leads_off_the_site(app: Flask, people: People, password: str) -> None:
    led = {goal: enter(app.test_client(), people.cover, password, goal) for goal in HOSTILE}
    assert led == dict.fromkeys(HOSTILE, "/")


def test_signing_in_leads_back_to_where_one_was_going(app: Flask, people: People, password: str) -> None:
    goals = ["/calls", "/calls?q=ana&at=x", "/contacts/new", "/calls/%5Cx"]
    assert [enter(app.test_client(), people.cover, password, goal) for goal in goals] == goals


def test_the_page_that_was_asked_for_comes_after_signing_in(app: Flask, people: People, password: str) -> None:
    browser = app.test_client()
    sent = browser.get("/calls?q=ana")
    assert sent.location == "/sign-in?next=/calls?q%3Dana"


def test_sign_in_refusals_do_not_reveal_which_accounts_exist(app: Flask, people: People, password: str) -> None:
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    tries = [(people.cover.email, "wrong"), ("nobody@example.com", password), (people.outsider.email, password)]
    pages = [send(app.test_client(), "/sign-in", email=email, password=typed) for email, typed in tries]
    assert {page.status for page in pages} == {422}
    assert [page.forms[0].fields["email"] for page in pages] == [email for email, _ in tries]
    assert len({page.words for page in pages}) == 1
    assert [page.forms[0].fields["password"] for page in pages] == [""] * 3


def test_nothing_typed_is_said_beside_each_field(app: Flask, people: People) -> None:
    page = send(app.test_client(), "/sign-in", email="", password="")
    assert page.errors == {"email": "Escribe tu correo electrónico.", "password": "Escribe tu contraseña."}


def test_a_control_character_in_an_address_is_no_more_than_wrong(app: Flask, people: People, password: str) -> None:
    page = send(app.test_client(), "/sign-in", email="a\x00b@example.com", password=password)
    assert page.status == 422


def test_sign_in_under_load_asks_to_come_back_in_words(
    app: Flask, people: People, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_slots", BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "PATIENCE", 0.01)
    browser = app.test_client()
    form = get(browser, "/sign-in").forms[0].fields | {"email": people.cover.email, "password": password}
    with hashing._slots:
        answer = browser.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Espera unos segundos y vuelve a intentarlo." in Page(answer).words
    assert browser.post("/sign-in", data=form).status_code == 302


def test_signing_out_ends_the_cookie_for_good_also_a_stolen_one(app: Flask, people: People, sign_in: SignIn) -> None:
    browser, thief = sign_in(people.cover), app.test_client()
    stolen = browser.get_cookie("coverage")
    assert stolen
    thief.set_cookie("coverage", stolen.value)
    assert thief.get("/calls").status_code == 200
    page = get(browser, "/")
    left = browser.post("/sign-out", data=page.form("/sign-out").fields)
    assert left.location == "/sign-in"
    assert [one.get("/calls").status_code for one in (browser, thief)] == [302, 302]


def test_a_former_colleague_is_out_at_the_next_page(app: Flask, people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.cover)
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    assert browser.get("/calls").location == "/sign-in?next=/calls"


def test_signing_in_renews_the_session(app: Flask, people: People, password: str) -> None:
    browser = app.test_client()
    with browser.session_transaction() as planted:
        planted["planted"] = "yes"
    enter(browser, people.cover, password)
    with browser.session_transaction() as session:
        assert "planted" not in session


def test_session_with_an_unknown_id_is_anonymous(app: Flask, people: People) -> None:
    for value in ("", "1", "not-an-id", str(uuid4()), 7, ["x"]):
        browser = app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = value
        assert browser.get("/calls").status_code == 302


def test_a_stranger_is_addressed_in_the_language_of_the_browser(app: Flask) -> None:
    for accepted, title in {"en-GB,en": "Sign in", "es-AR": "Entrar", "fr": "Entrar", "": "Entrar"}.items():
        answer = app.test_client().get("/sign-in", headers={"Accept-Language": accepted})
        assert f"<title>{title} · Cobertura</title>" in answer.text
