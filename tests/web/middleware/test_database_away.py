"""The database is stopped, comes back, or cannot be opened: pages and the API say so, and go on by themselves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from coverage_app.database import is_unavailable
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services import tokens
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE, migrate
from tests.fixtures.people import People
from tests.servers.postgres import Postgres
from tests.web.page_reader import get, send

NEEDS_NO_DATABASE = {"static", "monitoring.healthz", "monitoring.readyz", "document.openapi", "document.docs"}
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control")
SignIn = Callable[[User], FlaskClient]


def pages(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if not rule.arguments and "GET" in (rule.methods or ()) and rule.endpoint not in NEEDS_NO_DATABASE:
            yield rule.rule


class TestPostgresql:
    @pytest.fixture
    def database_url(self, own_postgres: Postgres) -> str:
        url = own_postgres.fresh()
        migrate(url)
        return url

    def test_every_page_while_the_database_is_stopped_is_503(
        self, app: Flask, people: People, sign_in: SignIn, own_postgres: Postgres, password: str
    ) -> None:
        browser, stranger = sign_in(people.admin), app.test_client()
        secret = tokens.make(people.admin, "program")[1]
        bearer = {"Authorization": f"Bearer {secret}"}
        form = get(stranger, "/sign-in").form("/sign-in").fields
        contact = get(browser, "/contacts/new").form("/contacts/new").fields
        db.session.rollback()
        own_postgres.stop()
        answers = {path: browser.get(path, headers=bearer) for path in pages(app)}
        answers["form"] = browser.post("/contacts/new", data=contact | {"name": "Marta Gil"})
        answers["program"] = stranger.post("/api/crm/contacts", json={"name": "Marta Gil"}, headers=bearer)
        answers["stranger"] = stranger.post("/sign-in", data=form | {"email": "ana@example.com", "password": password})
        assert len(answers) > 40
        assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 503} == {}
        for path, answer in answers.items():
            assert answer.headers["Retry-After"] == "10", path
            assert all(name in answer.headers for name in HEADERS), path
            assert "Traceback" not in answer.text and "psycopg" not in answer.text and "127.0.0.1" not in answer.text
        assert answers["program"].content_type == "application/problem+json"
        assert "no puede responder en este momento" in get(browser, "/").words
        assert browser.get("/healthz").status_code == 200 and browser.get("/readyz").status_code == 503

        own_postgres.start()
        assert browser.get("/calls").status_code == 200
        assert send(browser, "/contacts/new", name="Marta Gil").status == 200
        assert db.session.scalars(select(Contact.name)).all() == ["Marta Gil"]

    def test_a_form_after_a_restart_between_two_requests_is_saved(
        self, app: Flask, people: People, sign_in: SignIn, own_postgres: Postgres
    ) -> None:
        browser = sign_in(people.responsible)
        for number in range(3):
            fields = get(browser, "/contacts/new").form("/contacts/new").fields
            db.session.rollback()
            own_postgres.stop()
            own_postgres.start()
            saved = browser.post("/contacts/new", data=fields | {"name": f"Marta {number}"})
            assert saved.status_code == 302

    def test_a_page_whose_connection_breaks_under_it_is_read_once_more(
        self, app: Flask, people: People, sign_in: SignIn
    ) -> None:
        browser, broken = sign_in(people.responsible), []

        def break_once() -> None:
            if not broken:
                broken.append(True)
                db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        app.before_request_funcs[None].append(break_once)
        try:
            assert browser.get("/calls").status_code == 200
        finally:
            app.before_request_funcs[None].remove(break_once)

    def test_page_whose_database_stops_under_it_is_503(
        self, app: Flask, people: People, sign_in: SignIn, own_postgres: Postgres
    ) -> None:
        browser = sign_in(people.responsible)
        app.before_request_funcs[None].append(own_postgres.stop)  # the reader is known by then
        try:
            answer = browser.get("/calls")
        finally:
            app.before_request_funcs[None].remove(own_postgres.stop)
        assert answer.status_code == 503 and "no puede responder en este momento" in answer.text

    @pytest.mark.parametrize("path", ["/calls", "/api/crm/calls"])
    def test_page_whose_database_stops_when_it_is_written_is_200(
        self, app: Flask, people: People, sign_in: SignIn, own_postgres: Postgres, path: str
    ) -> None:
        browser = sign_in(people.responsible)
        bearer = {"Authorization": f"Bearer {tokens.make(people.responsible, 'program')[1]}"}
        transactions = []

        def stop(response: Response) -> Response:
            transactions.append(db.session().in_transaction())
            own_postgres.stop()
            return response

        app.after_request_funcs[None].append(stop)  # the last is the first to be called
        try:
            assert browser.get(path, headers=bearer).status_code == 200
        finally:
            app.after_request_funcs[None].remove(stop)
        assert transactions == [True]


@ON_SQLITE
def test_every_page_while_the_file_cannot_be_opened_is_503(app: Flask, people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.admin)
    db.session.remove()
    db.engine.dispose()
    folder = Path(urlsplit(str(app.config["SQLALCHEMY_DATABASE_URI"])).path).parent
    away = folder.rename(folder.with_name("away"))
    try:
        with_cookie = [path for path in pages(app) if path != "/metrics" and not path.startswith("/api/")]
        assert {path: status for path in with_cookie if (status := browser.get(path).status_code) != 503} == {}
    finally:
        away.rename(folder)
    assert browser.get("/calls").status_code == 200


@BOTH_DATABASES
@pytest.mark.parametrize(
    ("statement", "away"),
    [
        ("SELECT nothing FROM nowhere", False),
        ("SELECT 1 +", False),
        ("INSERT INTO contacts (id) VALUES (NULL)", False),
    ],
)
def test_a_fault_of_the_statement_is_not_taken_for_the_database_s(app: Flask, statement: str, away: bool) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        db.session.execute(text(statement))
    assert is_unavailable(caught.value) is away


@ON_POSTGRESQL
@pytest.mark.parametrize("state", ["57P01", "57014", "53300", "53100", "25006", "55P03", "40P01", "08006", "58030"])
def test_a_state_of_the_server_is_its_own_fault(app: Flask, state: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))
    assert is_unavailable(caught.value)
