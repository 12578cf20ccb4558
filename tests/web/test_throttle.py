"""Guessing passwords is slow work, for whoever tries it, and the owner is not locked out by it."""

from flask import Flask
from flask.testing import FlaskClient

from tests.fixtures.application import csrf_token
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

pytestmark = ON_SQLITE


def attempt(browser: FlaskClient, email: str, password: str, address: str = "192.0.2.1") -> int:
    page = browser.get("/sign-in")
    form = {"email": email, "password": password, "csrf_token": csrf_token(page)}
    return browser.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address}).status_code


def test_after_six_wrong_passwords_a_minute_the_account_waits_but_only_from_there(
    app: Flask, people: People, password: str
) -> None:
    owner, guesser = people.responsible.email, app.test_client()
    assert [attempt(guesser, owner, "wrong password") for _ in range(8)] == [422] * 6 + [429] * 2
    assert attempt(guesser, owner, password) == 429
    assert attempt(app.test_client(), owner, password, address="192.0.2.2") == 302


def test_from_many_addresses_the_account_waits_too_but_not_where_its_owner_has_been(
    app: Flask, people: People, password: str
) -> None:
    owner, at_home = people.responsible.email, app.test_client()
    assert attempt(at_home, owner, password) == 302
    assert at_home.post("/sign-out", data={"csrf_token": csrf_token(at_home.get("/profile"))}).status_code == 302
    guessers = [app.test_client() for _ in range(12)]
    for number, guesser in enumerate(guessers):
        assert [attempt(guesser, owner, "wrong password", f"192.0.2.{number}") for _ in range(5)] == [422] * 5
    assert attempt(app.test_client(), owner, "wrong password", "198.51.100.1") == 429
    assert attempt(guessers[0], people.cover.email, "wrong password", "198.51.100.2") == 422
    assert attempt(at_home, owner, password, "198.51.100.3") == 302


def test_one_address_cannot_go_through_many_accounts(app: Flask, people: People, password: str) -> None:
    guesser = app.test_client()
    answers = [attempt(guesser, f"person{number}@example.com", "wrong password") for number in range(32)]
    assert answers == [422] * 30 + [429] * 2


def test_signing_in_rightly_is_never_counted(app: Flask, people: People, password: str) -> None:
    assert [attempt(app.test_client(), people.cover.email, password) for _ in range(8)] == [302] * 8


def test_a_forged_forwarding_header_makes_nobody_somebody_else(app: Flask, people: People) -> None:
    guesser = app.test_client()
    page = guesser.get("/sign-in")
    form = {"email": people.cover.email, "password": "wrong password", "csrf_token": csrf_token(page)}
    answers = [
        guesser.post("/sign-in", data=form, headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(7)
    ]
    assert answers == [422] * 6 + [429]
