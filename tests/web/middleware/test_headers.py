"""What every answer tells the browser, errors and files included."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from coverage_app.settings import Settings
from tests.fixtures.application import running
from tests.web.conftest import MakeCall
from tests.web.page_reader import get

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application of its own: pages can be added before the first request only."""
    with running(settings) as app:
        yield app


@pytest.fixture
def breaking(app: Flask) -> Flask:
    """An application with a page that fails and one that is forbidden."""

    def broken() -> None:
        raise RuntimeError("a secret of the machine")

    app.add_url_rule("/broken", "session.broken", broken)
    app.add_url_rule("/forbidden", "session.forbidden", lambda: abort(403))
    return app


def test_every_answer_forbids_what_the_pages_do_not_need(breaking: Flask, ana: FlaskClient) -> None:
    answers = [
        ana.get("/"),
        ana.get("/nothing"),
        ana.get("/broken"),
        ana.put("/calls"),
        ana.post("/calls/new"),
        ana.post("/calls/new", data={"note": "x" * 1_100_000}),
        ana.get("/", headers={"Host": "evil.example"}),
        ana.get("/static/css/tokens.css", buffered=True),
        ana.get("/healthz"),
        ana.get("/readyz"),
        ana.get("/metrics"),
        breaking.test_client().get("/calls"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 500, 405, 400, 413, 400, 200, 200, 503, 401, 302]
    for answer in answers:
        given = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert given == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers
        assert (answer.headers["Cache-Control"] == "no-store") == (not answer.request.path.startswith("/static"))


def test_https_is_promised_for_a_year_where_people_come_by_https(settings: Settings) -> None:
    with running(replace(settings, app_url="https://localhost")) as app:
        assert app.test_client().get("/healthz").headers["Strict-Transport-Security"] == "max-age=31536000"
        assert app.config["SESSION_COOKIE_SECURE"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    set_cookie = app.test_client().get("/sign-in").headers["Set-Cookie"].split("; ")
    assert set(set_cookie[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_no_page_carries_inline_script_or_style_or_asks_another_site(
    app: Flask, ana: FlaskClient, alicia: FlaskClient, make_call: MakeCall, ended: Callable[..., None]
) -> None:
    ended("sent", ago=60)  # so that there is a chart to draw
    call = make_call()
    paths = ["/", "/calls", "/calls/new", f"/calls/{call.id}", "/contacts", "/contacts/new", "/deliveries", "/nothing"]
    texts = [alicia.get("/system").text, app.test_client().get("/sign-in").text]
    assert "<rect" in texts[0]
    for text in [ana.get(path).text for path in paths] + texts:
        icons = set(re.findall(r"<use href=\"([^\"#]*)#", text))
        assert len(icons) <= 1 and all("?v=" in address for address in icons)
        assert not re.search(r"\s(style|on[a-z]+)=|<style|<script(?![^>]*\ssrc=)", text)
        loaded = re.findall(r"(?:\ssrc|<link[^>]*\shref)=\"([^\"]*)\"", text)
        assert loaded and all(address.startswith("/static/") for address in loaded)


def test_static_file_is_cached_until_its_content_changes(ana: FlaskClient) -> None:
    hashed = next(part for part in ana.get("/").text.split('"') if part.startswith("/static/css/tokens.css?v="))
    kept = "public, max-age=31536000, immutable"
    assert ana.get(hashed, buffered=True).headers["Cache-Control"] == kept
    assert ana.get("/static/css/tokens.css", buffered=True).headers["Cache-Control"] == "no-cache"
    assert ana.get("/static/nothing.css?v=1").headers["Cache-Control"] == "no-store"


def test_error_page_is_translated_shows_no_traceback_and_links_back(breaking: Flask, ana: FlaskClient) -> None:
    titles = {path: get(ana, path) for path in ("/nothing", "/broken", "/forbidden", "/sign-out")}
    assert {
        path: (page.status, page.words.partition("Cobertura ")[2].split(" Ir ")[0]) for path, page in titles.items()
    } == {
        "/nothing": (404, "Aquí no hay nada La dirección no es correcta o alguien ha borrado lo que había."),
        "/broken": (
            500,
            "Algo ha fallado por nuestra parte Ha quedado anotado. Lo que ya habías guardado está a salvo;"
            " vuelve a intentarlo en un momento.",
        ),
        "/forbidden": (
            403,
            "No tienes acceso a esto Si crees que deberías poder entrar, pídeselo a quien administra el sistema.",
        ),
        "/sign-out": (405, "Esta dirección no se usa así Vuelve atrás y usa los botones de la página."),
    }
    assert all("/" in page.links and "secret" not in page.words for page in titles.values())


def test_an_unknown_host_is_refused_before_any_page(app: Flask, ana: FlaskClient) -> None:
    answer = ana.get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.text) == (400, "400 Bad Request: unknown host\n")
