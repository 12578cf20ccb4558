"""A large firm costs what a small one does: every page walks an index, and asks the same number of questions."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select, text

from coverage_app.clock import utcnow
from coverage_app.enums import Role
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import delivery, retention, tokens
from coverage_app.services.delivery import claims
from coverage_app.settings import load
from tests.environment import variables
from tests.fixtures.application import csrf_token, running
from tests.xdist_order import LONG

LARGE, SMALL = 100_000, 1_000
USERS = 40
# People are few, and a picker offers them all. Contacts, one to twenty follow-ups, may be read whole to be joined to
# the lines of a page, and for nothing else.
JOINED = {"contacts"}
GROWING = {"follow_ups", "notification_schedules", "calls", "tasks", "lead_opportunities", "pipeline_stages"} | JOINED
PAGES = [
    *(f"/?view={view}&{rest}" for view in ("mine", "for_me", "all")
      for rest in ("", "period=today", "period=week", "period=month", "period=overdue", "failed=1", "kind=task_due",
                   "kind=opportunity_follow_up", "person={somebody}", "q=cliente")),
    *(f"/calendar?view={view}&shape={shape}" for view in ("mine", "for_me", "all")
      for shape in ("month", "week", "agenda")),
    "/deliveries", "/deliveries?status=failed", "/pipeline", "/system", "/metrics", "/readyz",
    *(f"/{name}?{rest}" for name, wishes in {
        "calls": ("", "order=oldest", "order=next_call", "order=next_call_last", "state=open", "owner={somebody}"),
        "tasks": ("", "order=due_last", "order=added", "state=done", "state=all", "cover={somebody}"),
        "opportunities": ("", "order=due_last", "order=name", "order=added", "status=won", "state=open"),
        "pipeline/list": ("", "order=due_last", "order=added", "stage=closed"),
        "contacts": ("", "order=name_last", "order=added"),
    }.items() for rest in wishes),
]  # fmt: skip
# Those whose page is as full in the small firm as in the large one, so that their times can be compared.
TIMED = ["/?view=mine", "/?view=for_me", "/?view=all", "/?view=all&period=overdue", "/?view=all&kind=task_due",
         *(f"/?view={view}&period=month" for view in ("mine", "for_me", "all")),
         *(f"/calendar?view={view}&shape=month" for view in ("mine", "for_me", "all")),
         "/calls", "/tasks", "/opportunities", "/pipeline", "/pipeline/list", "/contacts", "/deliveries"]  # fmt: skip

SEED = Path(__file__).with_name("large_firm.sql").read_text().split(";\n")


@contextmanager
def firm(url: str, rows: int, password_hash: str) -> Iterator[Flask]:
    """The application over a firm with so many follow-ups, three reminders each."""
    with running(load(variables(url, redis_port=1, smtp_port=1))) as app:
        flask_migrate.upgrade()
        given = {"rows": rows, "users": USERS, "small": rows == SMALL, "hash": password_hash}
        with db.engine.begin() as connection, quickly(connection):
            for statement in filter(str.strip, SEED):
                connection.execute(text(statement), given)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield app


@contextmanager
def quickly(connection: Connection) -> Iterator[None]:
    """Rows are put into the large tables before their indexes are made, and nobody looks whether keys exist."""
    if connection.scalar(text("SELECT usesuper FROM pg_user WHERE usename = current_user")):
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    large = "tablename IN ('follow_ups', 'notification_schedules') AND indexname LIKE 'ix%'"
    indexes = connection.execute(text(f"SELECT indexname, indexdef FROM pg_indexes WHERE {large}")).all()
    for name, _definition in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    for _name, definition in indexes:
        connection.execute(text(definition))


@pytest.fixture(scope="module")
def firms(postgres: Any, password_hash: str) -> Iterator[dict[int, Flask]]:
    with firm(postgres.fresh(), LARGE, password_hash) as large, firm(postgres.fresh(), SMALL, password_hash) as small:
        yield {LARGE: large, SMALL: small}


@pytest.fixture(scope="module")
def browsers(firms: dict[int, Flask], password: str) -> dict[int, FlaskClient]:
    """The browser of the first colleague, who administers, in each firm; and the token of the same person."""
    found = {}
    for rows, app in firms.items():
        browser = found[rows] = app.test_client()
        page = browser.get("/sign-in")
        form = {"email": "colega1@example.com", "password": password, "csrf_token": csrf_token(page)}
        assert browser.post("/sign-in", data=form).status_code == 302
        with app.app_context():
            person = db.session.scalars(select(User).where(User.email == form["email"])).one()
            person.role = Role.ADMIN
            secret = tokens.make(person, "Prometheus")[1]
        browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return found


@contextmanager
def listening(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        said.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def read_whole(app: Flask, said: list[tuple[str, Any]]) -> set[str]:
    """The tables, of those that grow, that PostgreSQL would read from end to end."""
    found: set[str] = set()
    with app.app_context(), db.engine.connect() as connection:
        for statement, parameters in said:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, parameters).scalar_one()
                found |= _scanned(plan if isinstance(plan, list) else json.loads(plan))
    return found & GROWING


def _scanned(node: Any, parent: str = "") -> set[str]:
    if isinstance(node, list):
        return set().union(*(_scanned(one, parent) for one in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    kind = node.get("Node Type", parent)
    own = {node["Relation Name"]} if kind == "Seq Scan" else set()
    joined = JOINED if parent in ("Hash", "Hash Join") and "Filter" not in node else set()
    return (own - joined).union(*(_scanned(value, kind) for value in node.values()))


def somebody(app: Flask) -> str:
    with app.app_context(), db.engine.connect() as connection:
        return str(connection.execute(text("SELECT id FROM users WHERE email = 'colega10@example.com'")).scalar_one())


def cost(apps: dict[int, Flask], browsers: dict[int, FlaskClient], where: str) -> tuple[set[str], int]:
    """What the large firm's page reads whole, and how many questions more it asks than the small firm's."""
    said: dict[int, list[tuple[str, Any]]] = {}
    for rows, app in apps.items():
        path = where.format(somebody=somebody(app))
        with listening(app) as said[rows]:
            # No worker beats in these firms.
            assert browsers[rows].get(path).status_code == (503 if path == "/readyz" else 200), path
    return read_whole(apps[LARGE], said[LARGE]), len(said[LARGE]) - len(said[SMALL])


def engine_reads_whole(app: Flask) -> set[str]:
    """What a worker would read from end to end, beside its deliveries: for the rate, the alarms, the housekeeping."""
    now = utcnow()
    with listening(app) as said, app.app_context():
        claims.claim(1, now, rate=(1, 3600))
        delivery.set_coming_alarms(now)
        retention.delete_expired(now)
        db.session.remove()
    assert len(said) > 6
    return read_whole(app, said)


def ratio(browsers: dict[int, FlaskClient], where: str, runs: int) -> float:
    """How much longer the large firm's page takes at its best; measured by turns, so that a busy machine slows both."""
    links: dict[int, int] = {}
    times: dict[int, list[float]] = {LARGE: [], SMALL: []}
    for _run in range(runs):
        for rows, browser in browsers.items():
            start = time.perf_counter()
            answer = browser.get(where)
            times[rows].append(time.perf_counter() - start)
            links[rows] = len(re.findall(r'href="/\w+/[0-9a-f-]{36}"', answer.text))
    assert links[LARGE] <= links[SMALL] * 1.1, f"{where}: the small firm's page is not as full"
    return min(times[LARGE]) / min(times[SMALL])


# One test, for the firms are made once for each process that runs tests.
@LONG
def test_pages_over_a_hundredfold_table_scan_no_more_and_ask_no_more(
    firms: dict[int, Flask], browsers: dict[int, FlaskClient]
) -> None:
    assert "más de 999" in browsers[LARGE].get("/pipeline").text
    costs = {where: cost(firms, browsers, where) for where in PAGES}
    assert {where: whole for where, (whole, _) in costs.items() if whole} == {}
    # A page without lines asks for no reminders: one question less.
    assert {where: more for where, (_, more) in costs.items() if abs(more) > 1} == {}
    assert engine_reads_whole(firms[LARGE]) == set()
    slow = [where for where in TIMED if ratio(browsers, where, 3) > 1.25]
    assert {where: again for where in slow if (again := ratio(browsers, where, 25)) > 1.5} == {}
