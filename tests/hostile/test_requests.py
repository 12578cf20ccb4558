"""Whatever is sent to whatever address, it costs no more than a bound, and is answered, never with a 500.

``HOSTILE_TABLE=FILE pytest -n 0 tests/hostile`` sends every request to every address, and writes what each cost.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from coverage_app.models import User
from coverage_app.services import tokens
from coverage_app.services.imports import limits
from tests.fixtures.databases import ON_POSTGRESQL
from tests.fixtures.people import People
from tests.hostile import bodies
from tests.hostile.bodies import Request
from tests.hostile.meter import Cost, measure

pytestmark = ON_POSTGRESQL
MILLISECONDS, MEGABYTES = 200, 64
PATIENCE = 3  # times as long may it take on a machine that has other work
TABLE = os.environ.get("HOSTILE_TABLE")
EVERY = 1 if TABLE else 8  # each address gets so many of the requests, and each request goes to so many addresses
# What the buttons read that have no form to look at.
BUTTONS = ["event", "done", "to", "note", "next", "at", "version", "name", "cover", "record_id"]
UPLOADS = ("imports.calls", "imports.tasks")
Headers = Callable[[Rule], dict[str, str]]


class Costs(dict[str, Cost]):
    """By method, address and request."""

    def add(self, method: str, rule: Rule, request: Request, cost: Cost) -> None:
        self[f"{method} {rule.rule} | {request.name}"] = cost

    def too_high(self) -> "dict[str, Cost]":
        return {
            name: cost
            for name, cost in self.items()
            if cost.milliseconds > MILLISECONDS * PATIENCE or cost.megabytes > MEGABYTES or cost.status == 500
        }

    def write(self, path: str) -> None:
        lines = [
            f"| {name} | {one.status} | {one.milliseconds:.0f} | {one.megabytes:.1f} |\n" for name, one in self.items()
        ]
        with Path(path).open("a") as file:
            file.writelines(lines)


@pytest.fixture
def costs() -> Iterator[Costs]:
    found = Costs()
    yield found
    if TABLE:
        found.write(TABLE)


@pytest.fixture
def open_doors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests come as far as they can: neither forged nor too many, as those of a colleague would not be."""
    app.config["WTF_CSRF_ENABLED"] = False
    for limiter in app.extensions["limiter"]:
        monkeypatch.setattr(limiter, "enabled", False)
    for quota in ("MOST_OPEN", "MOST_A_DAY", "MOST_KEPT"):
        monkeypatch.setattr(limits, quota, 10**12)


@pytest.fixture
def headers(people: People, sign_in: Callable[[User], FlaskClient]) -> Headers:
    """Those with which an administrator comes, to a page or to the API."""
    secret = tokens.make(people.admin, "CRM")[1]

    def fresh(rule: Rule) -> dict[str, str]:
        if rule.endpoint.startswith("api."):
            return {"Authorization": f"Bearer {secret}"}
        if rule.endpoint == "session.sign_in":
            return {}
        cookie = sign_in(people.admin).get_cookie("coverage", domain="localhost")
        assert cookie
        return {"Cookie": f"coverage={cookie.value}"}

    return fresh


def rules(app: Flask, *methods: str) -> Iterator[tuple[int, Rule, str]]:
    """Every address that takes one of ``methods``, numbered."""
    found = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    wanted = [(rule, method) for rule in found for method in methods if method in (rule.methods or ())]
    for number, (rule, method) in enumerate(wanted):
        yield number, rule, method


def address(rule: Rule, ids: dict[str, UUID]) -> str:
    """The rule with the id of a record of its kind."""
    parts = [*reversed(rule.rule.strip("/").split("/")), rule.endpoint.partition(".")[0]]
    kind = next((part for part in parts if part in ids), "")
    return re.sub(r"<\w+:\w+>", str(ids.get(kind, uuid4())), rule.rule)


def bodies_for(app: Flask, rule: Rule, path: str, browser: FlaskClient) -> list[Request]:
    """What is hostile to whoever reads this address's body."""
    if rule.rule.endswith("/import"):
        return list(bodies.files())
    if rule.endpoint.startswith("api."):
        return list(bodies.objects(columns(app, rule)))
    names = BUTTONS
    if "GET" in (rule.methods or ()):
        names = sorted({*re.findall(r' name="([^"]+)"', browser.get(path).text), "next"})
    found = list(bodies.forms(names))
    if rule.endpoint in UPLOADS:
        found += [*bodies.wrapped(bodies.FILE), *map(bodies.as_upload, bodies.files())]
    return found


def columns(app: Flask, rule: Rule) -> list[str]:
    """The names that a body may have, as the document of the API tells them."""
    document = app.test_client().get("/api/openapi.json").get_json()
    operations = [one for path in document["paths"].values() for name, one in path.items() if name != "parameters"]
    body = next(one for one in operations if f"api.{one['operationId']}" == rule.endpoint).get("requestBody")
    if body is None:
        return ["note"]
    schema = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return sorted(document["components"]["schemas"][schema]["properties"])


@pytest.mark.usefixtures("open_doors")
def test_a_hostile_body_costs_little_wherever_it_is_sent(
    app: Flask, ids: dict[str, UUID], headers: Headers, costs: Costs, people: People,
    sign_in: Callable[[User], FlaskClient],
) -> None:  # fmt: skip
    browser = sign_in(people.admin)
    reached = set()
    for number, rule, method in rules(app, "POST", "PATCH", "PUT"):
        path, own = address(rule, ids), headers(rule)
        for request in bodies_for(app, rule, path, browser)[number % EVERY :: EVERY]:
            costs.add(method, rule, request, measure(app, method, path, request, own))
            reached.add(rule.endpoint)
    taking = {rule.endpoint for rule in app.url_map.iter_rules() if {"POST", "PATCH", "PUT"} & set(rule.methods or ())}
    assert (reached, costs.too_high()) == (taking, {})


@pytest.mark.usefixtures("open_doors")
def test_a_hostile_header_or_query_costs_little_wherever_it_is_sent(
    app: Flask, ids: dict[str, UUID], headers: Headers, costs: Costs
) -> None:
    heads = list(bodies.heads())
    for number, rule, method in rules(app, "GET", "POST", "PATCH", "DELETE"):
        path, own = address(rule, ids), headers(rule)
        for request in heads[number % EVERY :: EVERY]:
            if rule.endpoint.startswith("api.") and method != "GET":  # so far that its headers are looked at
                request = replace(request, content_type=bodies.JSON, make=lambda: b"{}")
            costs.add(method, rule, request, measure(app, method, path, request, own))
    assert costs.too_high() == {}
