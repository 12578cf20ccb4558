"""A program that speaks for somebody, and what the original specification makes it say."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from coverage_app.clock import utcnow
from coverage_app.models import Contact, User
from coverage_app.services import tokens
from tests.fixtures.people import People

Values = dict[str, Any]


class Program:
    """Asks with a token and without a cookie; ``answer`` of a body that is JSON is what it says."""

    def __init__(self, client: FlaskClient, secret: str):
        self.client, self.secret = client, secret

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        options = {} if body is None else {"json": body}
        return self.client.open(path, method=method, headers=given, **options)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.ask("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.ask("DELETE", path, **headers)


@pytest.fixture
def now() -> datetime:
    return utcnow().replace(microsecond=0)


@pytest.fixture
def program_of(app: Flask) -> Callable[[User], Program]:
    """A program with a token of this person's."""

    def made(user: User) -> Program:
        return Program(app.test_client(use_cookies=False), tokens.make(user, "CRM")[1])

    return made


@pytest.fixture
def ana(program_of: Callable[[User], Program], people: People) -> Program:
    """The program of Ana, the responsible."""
    return program_of(people.responsible)


@pytest.fixture
def example(people: People, contact: Contact, now: datetime) -> Values:
    """The call of the original specification, two days ahead; Bea covers."""
    return {
        "entity_id": str(contact.id),
        "proxima_llamada_fecha": z(now + timedelta(hours=48)),
        "coverage_user_id": str(people.cover.id),
    }


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The address of the application on a port of its own, with a limit that nobody reaches."""
    for limiter in app.extensions["limiter"]:
        limiter.enabled = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    for limiter in app.extensions["limiter"]:
        limiter.enabled = True


def z(at: datetime) -> str:
    """A moment as the API answers it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def problem(answer: TestResponse) -> tuple[int, Any]:
    """Status, and errors by field or else the detail, of an answer that is a problem."""
    assert answer.content_type == "application/problem+json", answer.text
    answered = answer.get_json()
    assert answered["status"] == answer.status_code
    return answer.status_code, answered.get("errors") or answered["detail"]
