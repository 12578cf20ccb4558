"""A save and the dashboard in firms of three sizes, through a real web process."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from sqlalchemy import select, text
from werkzeug.security import generate_password_hash

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.services import tokens
from tests.bench.environment import ROOT, Stage, application, count, vacuum
from tests.bench.figures import Figure, at_most, rank
from tests.fixtures.people import PASSWORD
from tests.servers import free_port, wait_until
from tests.services.queries.test_query_plans import quickly

SEED = (ROOT / "tests/services/queries/large_firm.sql").read_text().split(";\n")
USERS = 40
REMINDERS_EACH = 3
# As full in the smallest firm as in the largest: fifty lines of days to come, and some that are overdue.
DASHBOARD = "/?view=all&kind=next_call"


class Firm:
    """A database of so many reminders, and a browser and a program that talk to its web process."""

    def __init__(self, app: Flask, port: int, reminders: int, small: bool):
        self.app, self.reminders = app, reminders
        self.site = HTTPConnection("127.0.0.1", port, timeout=60)
        self._sow(reminders // REMINDERS_EACH, small)
        with app.app_context():
            people = db.session.scalars(select(User).order_by(User.email).limit(2)).all()
            self.cover: UUID = people[1].id
            self.contact: UUID = db.session.scalars(select(Contact.id).limit(1)).one()
            self.token = tokens.make(people[0], "bench")[1]
            self.email = people[0].email
        self.cookie, self.saves = "", 0

    def _sow(self, rows: int, small: bool) -> None:
        cheap = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
        given = {"rows": rows, "users": USERS, "small": small, "hash": cheap}
        with self.app.app_context(), db.engine.begin() as connection, quickly(connection):
            for statement in filter(str.strip, SEED):
                connection.execute(text(statement), given)
        vacuum(self.app)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[HTTPResponse, str]:
        """The answer and its text."""
        given = {"Host": "localhost:5000", "Cookie": self.cookie} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.site.request(method, path, body, given)
        answer = self.site.getresponse()
        content = answer.read().decode()
        self.site.close()  # the server would, after two seconds
        given_back = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
        self.cookie = next((cookie for cookie in given_back if cookie.startswith("coverage=")), self.cookie)
        return answer, content

    def sign_in(self) -> None:
        _, page = self.ask("GET", "/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page)
        assert token, page
        form = urlencode({"email": self.email, "password": PASSWORD, "csrf_token": token[1]})
        answer, _ = self.ask("POST", "/sign-in", form, Content_Type="application/x-www-form-urlencoded")
        assert answer.status in (302, 303), answer.status

    def dashboard(self) -> int:
        """How many follow-ups the page shows."""
        answer, page = self.ask("GET", DASHBOARD)
        lines = len(re.findall(r'<li class="line\b', page))
        assert answer.status == 200, answer.status
        return lines

    def save(self, *, covered: bool) -> None:
        given = {"entity_id": str(self.contact)}
        if covered:
            self.saves += 1
            # A minute later each time: few mails of one person's go to one colleague in the same minute.
            due = utcnow() + timedelta(days=40, minutes=self.saves)
            given |= {
                "coverage_user_id": str(self.cover),
                "proxima_llamada_fecha": due.isoformat(),
                "proxima_accion_fecha": (due + timedelta(hours=1)).isoformat(),
            }
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"}
        answer, content = self.ask("POST", "/api/crm/calls", json.dumps(given), **headers)
        assert answer.status == 201, content


def measure(stage: Stage) -> Iterator[Figure]:
    sizes = [1_000, stage.number(100_000, 10_000), stage.number(1_000_000, 20_000)]
    with ExitStack() as until_the_end:
        firms = [_open(stage, size, size == sizes[0], until_the_end) for size in sizes]
        runs = stage.number(100, 10)
        bare, full = _times(firms, runs, lambda firm: firm.save(covered=False), lambda firm: firm.save(covered=True))
        for firm in firms:
            assert count(firm.app, "notification_schedules", "event_due_date > now() + interval '39 days'") >= 6 * runs
        for firm in firms:
            firm.sign_in()
        assert len(shown := {firm.dashboard() for firm in firms}) == 1 and min(shown) >= 50, f"not as full: {shown}"
        [seen] = _times(firms, runs, Firm.dashboard)
    for size, one, other in zip(sizes, full, bare, strict=True):
        name = f"save with 6 reminders, among {size}"
        yield at_most(name, _words(one), f"without {_words(other)}", rank(one, 0.5) / rank(other, 0.5), 2.5)
    yield _grown("save with 6 reminders", full, sizes, 1.3)
    yield _grown("dashboard", seen, sizes, 1.5)


def _open(stage: Stage, size: int, small: bool, until_the_end: ExitStack) -> Firm:
    port = free_port()
    environ = stage.environ(stage.database())
    app = until_the_end.enter_context(application(environ))
    web = ["coverage_app.web.server", "127.0.0.1"]
    until_the_end.enter_context(stage.process(environ | {"PORT": str(port)}, *web))
    firm = Firm(app, port, size, small)
    wait_until(lambda: _answers(firm), 60, "the web process")
    return firm


def _answers(firm: Firm) -> bool:
    try:
        return firm.ask("GET", "/healthz")[0].status == 200
    except OSError:
        firm.site.close()
        return False


def _times(firms: list[Firm], runs: int, *acts: Callable[[Firm], object]) -> list[list[list[float]]]:
    """Seconds of each run in each firm, for each act; by turns, so that a busy machine slows all alike."""
    times: list[list[list[float]]] = [[[] for _ in firms] for _ in acts]
    for run in range(runs + 3):
        for number, firm in enumerate(firms):
            for act, taken in zip(acts, times, strict=True):
                begun = time.perf_counter()
                act(firm)
                if run >= 3:  # the first fill caches
                    taken[number].append(time.perf_counter() - begun)
    return times


def _grown(name: str, times: list[list[float]], sizes: list[int], reach: float) -> Figure:
    small, large = times[0], times[-1]
    return at_most(
        f"{name}, {sizes[-1]} rows", _words(large), f"{sizes[0]} rows {_words(small)}",
        rank(large, 0.5) / rank(small, 0.5), reach,
    )  # fmt: skip


def _words(times: list[float]) -> str:
    return f"p50 {rank(times, 0.5) * 1000:.1f} ms, p95 {rank(times, 0.95) * 1000:.1f} ms"
