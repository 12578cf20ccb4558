"""Cookies and keys: names that a browser guards, and a key that is changed without signing anybody out."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask.testing import FlaskClient

from coverage_app.settings import Settings
from tests.fixtures.application import csrf_token, running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

NEW = secrets.token_hex(32)


@contextmanager
def browser_of(settings: Settings, cookies: dict[str, str]) -> Iterator[FlaskClient]:
    """A browser at an application with these settings; it keeps what it is given in ``cookies``."""
    with running(settings) as app:
        browser = app.test_client()
        for name, value in cookies.items():
            browser.set_cookie(name, value, path="/sign-in" if name.endswith("known") else "/")
        yield browser
        for name, path in (("coverage", "/"), ("known", "/sign-in")):
            cookie = browser.get_cookie(name, path=path)
            if cookie:
                cookies[name] = cookie.value


def enter(browser: FlaskClient, people: People, password: str, base: str = "http://localhost") -> list[str]:
    """Sign in; the cookies that the answer sets."""
    token = csrf_token(browser.get("/sign-in", base_url=base))
    answer = browser.post(
        "/sign-in",
        base_url=base,
        headers={"Referer": f"{base}/sign-in"},
        data={"csrf_token": token, "email": people.cover.email, "password": password},
    )
    assert answer.status_code == 302
    return answer.headers.getlist("Set-Cookie")


@ON_SQLITE
def test_cookies_over_https_have_names_that_a_browser_guards(settings: Settings, people: People, password: str) -> None:
    with running(replace(settings, app_url="https://localhost")) as app:
        browser = app.test_client()
        given = {line.partition("=")[0]: line for line in enter(browser, people, password, "https://localhost")}
        assert given.keys() == {"__Host-coverage", "__Secure-known"}
        assert "; Path=/;" in given["__Host-coverage"] and "; Path=/sign-in" in given["__Secure-known"]
        assert all("; Secure" in line and "Domain" not in line for line in given.values())
        assert browser.get("/calls", base_url="https://localhost").status_code == 200


@ON_SQLITE
def test_changed_key_keeps_sessions_and_open_forms(settings: Settings, people: People, password: str) -> None:
    cookies: dict[str, str] = {}
    with browser_of(settings, cookies) as browser:
        enter(browser, people, password)
        token = csrf_token(browser.get("/contacts/new"))
    changed = replace(settings, secret_key=NEW, secret_key_fallbacks=(settings.secret_key,))
    with browser_of(changed, cookies) as browser:
        assert browser.get("/calls").status_code == 200
        assert browser.post("/contacts/new", data={"csrf_token": token, "name": ""}).status_code == 422
    with browser_of(replace(settings, secret_key=secrets.token_hex(32)), cookies) as browser:
        assert browser.get("/calls").status_code == 302


@ON_SQLITE
def test_changed_key_still_knows_the_browser(settings: Settings, people: People, password: str) -> None:
    from coverage_app.web.middleware import known_devices

    cookies: dict[str, str] = {}
    with browser_of(settings, cookies) as browser:
        enter(browser, people, password)
    changed = replace(settings, secret_key=NEW, secret_key_fallbacks=(settings.secret_key,))
    header = {"Cookie": f"known={cookies['known']}"}
    for now_set, expected in ((changed, True), (replace(changed, secret_key_fallbacks=()), False)):
        with running(now_set) as app, app.test_request_context("/sign-in", headers=header):
            assert (known_devices.known_browser(people.cover.email) is not None) is expected
