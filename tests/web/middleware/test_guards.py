"""Every door is locked by default, and no page changes anything by being looked at."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, Reminder
from coverage_app.services import tokens
from coverage_app.services.entities import CALL, ENTITIES
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People
from tests.web.conftest import Make, MakeCall
from tests.web.page_reader import get

# Of each kind of page, so many are opened; lists have more addresses than anybody can visit.
OF_EACH = 4
OPEN = {"static", "session.sign_in", "monitoring.healthz", "monitoring.readyz"}
# For machines: with a guard of its own, and in nobody's menu.
WITH_TOKEN = {"monitoring.metrics"}


def rules(app: Flask) -> list[Rule]:
    """Those of the pages; /api has a guard of its own, and tests of it."""
    return [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")]


def address(rule: Rule, ids: dict[str, Any] | None = None) -> str:
    """The rule with ids of records that exist, by blueprint, else of none."""
    blueprint = rule.endpoint.partition(".")[0]
    some = (ids or {}).get(blueprint, uuid4())
    return re.sub(r"<uuid:\w+>", str(some), rule.rule)


def snapshot(app: Flask) -> dict[str, list[Any]]:
    db.session.commit()
    with app.app_context():
        tables = db.metadata.sorted_tables
        return {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}


def test_anonymous_request_is_redirected_to_sign_in_except_where_listed(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # here it is the guard that must refuse
    answers = {
        (rule.endpoint, method): client.open(address(rule), method=method)
        for rule in rules(app)
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    unlocked = {
        endpoint: answer.status_code
        for (endpoint, _), answer in answers.items()
        if not (answer.status_code == 302 and answer.location.startswith("/sign-in"))
    }
    assert unlocked.keys() == (OPEN | WITH_TOKEN) - {"static"}
    assert {unlocked[endpoint] for endpoint in WITH_TOKEN} == {401}


def test_looking_at_every_page_changes_nothing(
    app: Flask, alicia: FlaskClient, people: People, make: Make, contact: Contact, stored: Callable[..., list[Any]],
    take_in: TakeIn,
) -> None:  # fmt: skip
    ids = {entity.folder: make(entity).id for entity in ENTITIES.values()}
    ids |= {"contacts": contact.id, "erasure": contact.id, "deliveries": stored(select(Reminder))[0].id}
    ids |= {"people": people.cover.id, "tokens": tokens.make(people.admin, "CRM")[0].id}
    ids["person_tokens"] = tokens.make(people.cover, "CRM")[0].id
    ids["dashboard"] = stored(select(FollowUp))[0].id
    ids["imports"] = take_in(csv_of("Nadie;;;"), by=people.admin)
    before = snapshot(app)
    looked = [rule for rule in rules(app) if "GET" in rule.methods and rule.endpoint != "static"]
    answers = {
        (rule.endpoint, method): alicia.open(address(rule, ids), method=method).status_code
        for rule in looked
        for method in ("GET", "HEAD")
    }
    assert {key: code for key, code in answers.items() if code != 200} == {
        (endpoint, method): code
        for endpoint, code in {"session.sign_in": 302, "monitoring.readyz": 503, "monitoring.metrics": 401}.items()
        for method in ("GET", "HEAD")
    }
    assert snapshot(app) == before


def test_every_page_can_be_reached_by_links_from_the_dashboard(
    app: Flask, alicia: FlaskClient, people: People, make: Make, take_in: TakeIn, work: Callable[[], None]
) -> None:
    tokens.make(people.admin, "CRM")
    take_in(csv_of("Nadie;;;"), by=people.admin)
    work()
    for entity in ENTITIES.values():
        make(entity)
    for _ in range(6):
        make(CALL, -30)
    adapter = app.url_map.bind("localhost")
    linked: Counter[str] = Counter()
    seen, waiting = set(), ["/?view=all"]
    while waiting:
        path = waiting.pop()
        endpoint = adapter.match(path.partition("?")[0])[0]
        if path in seen or linked[endpoint] == OF_EACH:
            continue
        seen.add(path)
        linked[endpoint] += 1
        waiting += [link for link in get(alicia, path).links if link.startswith("/") and "#" not in link]
    pages = {rule.endpoint for rule in rules(app) if "GET" in rule.methods}
    assert pages - linked.keys() == OPEN | WITH_TOKEN


def test_an_id_of_nothing_and_a_malformed_one_are_not_found(ana: FlaskClient) -> None:
    paths = [
        f"/{folder}/{some}{page}"
        for folder in ("calls", "tasks", "opportunities", "pipeline", "contacts")
        for some in (uuid4(), "1", "%00", "x" * 300)
        for page in ("", "/edit", "/delete")
    ]
    paths += [f"/deliveries/{uuid4()}", "/deliveries/1", "/nothing"]
    paths += [f"/follow-ups/{uuid4()}/cover", "/follow-ups/1/cover"]
    assert {ana.get(path).status_code for path in paths} == {404}


def test_done_refuses_an_event_that_a_call_does_not_have(
    ana: FlaskClient, make_call: MakeCall, stored: Callable[..., list[Any]]
) -> None:
    call = make_call()
    page = get(ana, f"/calls/{call.id}")
    form = page.form(f"/calls/{call.id}/done")
    for wrong in ({"event": "task_due"}, {"event": "x"}, {"done": "2"}):
        assert ana.post(form.action, data=form.fields | wrong).status_code == 400
    assert [row.proxima_llamada_done_at for row in stored(select(Call))] == [None]
