"""Guessing passwords is slow work, for whoever tries it, and the owner is not locked out by it."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coverage_app.models import User
from coverage_app.request_limits import MAX_FORM
from coverage_app.settings import Settings
from coverage_app.web.middleware import rate_limits
from tests.fixtures.application import csrf_token, running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.unit.services.accounts.test_addresses import NO_ADDRESSES, SPELLINGS
from tests.web.page_reader import send

pytestmark = ON_SQLITE


def attempt(browser: FlaskClient, email: str, password: str, address: str = "192.0.2.1") -> int:
    page = browser.get("/sign-in")
    form = {"email": email, "password": password, "csrf_token": csrf_token(page)}
    return browser.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address}).status_code


def test_six_wrong_passwords_a_minute_block_the_account_from_there_only(
    app: Flask, people: People, password: str
) -> None:
    owner, guesser = people.responsible.email, app.test_client()
    assert [attempt(guesser, owner, "wrong password") for _ in range(8)] == [422] * 6 + [429] * 2
    assert attempt(guesser, owner, password) == 429
    assert attempt(app.test_client(), owner, password, address="192.0.2.2") == 302


def test_guesses_from_many_addresses_spare_the_owners_known_browser(app: Flask, people: People, password: str) -> None:
    owner, at_home = people.responsible.email, app.test_client()
    assert attempt(at_home, owner, password) == 302
    assert at_home.post("/sign-out", data={"csrf_token": csrf_token(at_home.get("/profile"))}).status_code == 302
    guessers = [app.test_client() for _ in range(12)]
    for number, guesser in enumerate(guessers):
        assert [attempt(guesser, owner, "wrong password", f"192.0.2.{number}") for _ in range(5)] == [422] * 5
    assert attempt(app.test_client(), owner, "wrong password", "198.51.100.1") == 429
    assert attempt(guessers[0], people.cover.email, "wrong password", "198.51.100.2") == 422
    assert attempt(at_home, owner, password, "198.51.100.3") == 302


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Flask]:
    """An application that takes ten wrong passwords a minute from one network: a test need not send a hundred."""
    monkeypatch.setattr(rate_limits, "PER_NETWORK", "10/minute")
    with running(settings) as app:
        yield app


def test_one_network_cannot_go_through_many_accounts(narrow: Flask, people: People) -> None:
    guesser = narrow.test_client()
    answers = [attempt(guesser, f"person{number}@example.com", "wrong password") for number in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_one_network_over_its_limit_keeps_no_known_browser_out(narrow: Flask, people: People, password: str) -> None:
    known, guesser = narrow.test_client(), narrow.test_client()
    assert attempt(known, people.cover.email, password) == 302
    known.delete_cookie("coverage")
    for number in range(10):
        attempt(guesser, f"person{number}@example.com", "wrong password")
    assert attempt(narrow.test_client(), people.cover.email, password) == 429
    assert attempt(known, people.cover.email, password) == 302
    # It is known for one account, not for going through others.
    known.delete_cookie("coverage")
    assert attempt(known, people.outsider.email, password) == 429


def test_thirty_one_wrong_tries_lock_nobody_else_out_of_an_office(app: Flask, people: People, password: str) -> None:
    guesser = app.test_client()
    tries = [attempt(guesser, f"person{number % 8}@example.com", "wrong password") for number in range(31)]
    assert tries == [422] * 31
    assert [attempt(app.test_client(), person.email, password) for person in people] == [302] * 4


def test_a_guesser_beside_the_owner_takes_nothing_from_a_known_browser(
    app: Flask, people: People, password: str
) -> None:
    owner, at_home = people.responsible.email, app.test_client()
    assert attempt(at_home, owner, password) == 302
    at_home.delete_cookie("coverage")
    assert [attempt(app.test_client(), owner, "wrong password") for _ in range(7)] == [422] * 6 + [429]
    assert [attempt(at_home, owner, "wrong password") for _ in range(7)] == [422] * 6 + [429]
    assert attempt(at_home, owner, password) == 429


def test_a_known_browser_is_known_by_its_seal_alone(app: Flask, people: People, password: str) -> None:
    browser = app.test_client()
    assert attempt(browser, people.cover.email, password) == 302
    sealed = browser.get_cookie("known", path="/sign-in")
    assert sealed
    for forged in ("", "x", sealed.value[:-1], "WyJhIiwiYiJd.x"):
        with app.test_request_context("/sign-in", headers={"Cookie": f"known={forged}"}):
            assert rate_limits.known_browser(people.cover.email) is None
    with app.test_request_context("/sign-in", headers={"Cookie": f"known={sealed.value}"}):
        assert rate_limits.known_browser(SPELLINGS["upper case"]) is None
        assert rate_limits.known_browser(f"\ufeff{people.cover.email.upper()}") is not None


@pytest.mark.parametrize("name", ["spellings", "no addresses"])
def test_every_spelling_of_an_account_shares_one_count(app: Flask, people: People, name: str) -> None:
    # A lone surrogate cannot be sent, and without anything typed there is nothing to check.
    spellings = [typed for spelling, typed in SPELLINGS.items() if spelling != "lone surrogate"]
    typed = spellings if name == "spellings" else [one for one in NO_ADDRESSES if one and len(quote(one)) < MAX_FORM]
    browser = app.test_client()
    answers = [attempt(browser, one, "wrong password") for one in typed]
    assert answers == [422] * 6 + [429] * (len(typed) - 6)


def test_addresses_of_one_line_share_one_count(app: Flask, people: People) -> None:
    lines = [[f"2001:db8:0:1::{number}" for number in range(8)], ["192.0.2.9", "::ffff:192.0.2.9"] * 4]
    for addresses in lines:
        browser = app.test_client()
        answers = [attempt(browser, people.cover.email, "wrong password", address) for address in addresses]
        assert answers == [422] * 6 + [429] * 2
    assert attempt(app.test_client(), people.cover.email, "wrong password", "2001:db8:0:2::1") == 422


def test_a_wrong_present_password_counts_like_a_wrong_sign_in(
    app: Flask, people: People, sign_in: Callable[[User], FlaskClient], password: str
) -> None:
    browser, stranger = sign_in(people.cover), app.test_client()
    here = {"REMOTE_ADDR": "192.0.2.1"}
    browser.environ_base.update(here)
    new = "cuatro palabras al azar"

    def change(present: str, wanted: str = new) -> int:
        return send(browser, "/profile/password", present=present, password=wanted, again=wanted).status

    assert [change("wrong password") for _ in range(4)] == [422] * 4
    # A new one that is refused is no guess.
    assert [change(password, "corta") for _ in range(4)] == [422] * 4
    assert [attempt(stranger, people.cover.email, "wrong password") for _ in range(3)] == [422] * 2 + [429]
    assert change(password) == 429
    assert attempt(stranger, people.outsider.email, "wrong password") == 422


def test_strangers_do_not_keep_the_owner_from_changing_the_password(
    app: Flask, people: People, sign_in: Callable[[User], FlaskClient], password: str
) -> None:
    browser, new = sign_in(people.cover), "cuatro palabras al azar"
    for number in range(12):
        guesser = app.test_client()
        for _ in range(5):
            attempt(guesser, people.cover.email, "wrong password", f"192.0.2.{number}")
    assert attempt(app.test_client(), people.cover.email, "wrong password", "198.51.100.1") == 429
    assert send(browser, "/profile/password", present=password, password=new, again=new).status == 200


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
