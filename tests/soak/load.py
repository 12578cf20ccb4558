"""The clients of a soak: programs that save, move, reassign, finish and delete calls, and people who read pages."""

import json
import random
import re
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from tests.fixtures.people import PASSWORD
from tests.soak.history import LEAD, Answer, Change, History, Terms
from tests.soak.site import Person, Site

PAGES = ("/", "/?view=all", "/calls", "/calendar", "/deliveries", "/history", "/system", "/tasks/new")
AHEAD = (2, 20)  # seconds until a call's reminder is due
PAUSE = 0.3  # seconds between two requests of one client
MOST = 40  # calls of one client's that it may still change
ANSWER_WITHIN = 120.0  # seconds; a write is repeated until it is answered, so that it is known whether it was made


class Client:
    """Asks the web process, and notes each answer. Used by one thread."""

    def __init__(self, site: Site, person: Person, history: History):
        self.site, self.person, self.history = site, person, history
        self.cookie = ""

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Return the status and the text of the answer. Raises OSError or HTTPException when there is none."""
        site = HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            site.request(method, path, body, {"Host": f"localhost:{self.site.port}", "Cookie": self.cookie} | given)
            answer = site.getresponse()
            text = answer.read().decode()
        finally:
            site.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            if cookie.startswith("coverage="):
                self.cookie = cookie.partition(";")[0]
        self.history.answers.append(Answer(f"{method} {path}", answer.status, _in_words(answer, text)))
        return answer.status, text


def _in_words(answer: HTTPResponse, text: str) -> bool:
    if not answer.headers.get("Retry-After"):
        return False
    if answer.headers.get_content_type() == "application/problem+json":
        return bool(json.loads(text)["detail"])
    return "<h1" in text


class Reader(Client):
    """Signs in and reads one page after the other."""

    def step(self) -> None:
        try:
            if not self.cookie:
                self._sign_in()
            self.ask("GET", random.choice(PAGES))
        except (OSError, HTTPException):
            pass  # the web process was killed, and is started again

    def _sign_in(self) -> None:
        _, page = self.ask("GET", "/sign-in")
        if token := re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page):
            form = urlencode({"email": self.person.email, "password": PASSWORD, "csrf_token": token[1]})
            self.ask("POST", "/sign-in", form, Content_Type="application/x-www-form-urlencoded")


class Writer(Client):
    """Makes calls and changes them, also while their reminders are being sent."""

    def __init__(self, site: Site, person: Person, history: History):
        super().__init__(site, person, history)
        self.covers = [other.id for other in site.people if other is not person]
        self.calls: dict[UUID, Terms] = {}

    def step(self) -> None:
        acts: list[Callable[[], None]] = [self._create, self._move, self._reassign, self._finish, self._delete]
        [act] = random.choices(acts, [10, 4, 3, 1, 1]) if self.calls else [self._create]
        act()
        while len(self.calls) > MOST:
            del self.calls[next(iter(self.calls))]

    def _create(self) -> None:
        terms = Terms(_soon(), random.choice(self.covers))
        given = _body(terms) | {"entity_id": str(self.site.contact), "note": f"{random.random()}"}
        begun = time.time()
        status, text = self._write("POST", "/api/crm/calls", given)
        if status == 201:
            self._note(UUID(json.loads(text)["id"]), terms, begun)

    def _move(self) -> None:
        self._change(lambda terms: Terms(_soon(), terms.cover))

    def _reassign(self) -> None:
        self._change(lambda terms: Terms(terms.due, random.choice(self.covers)))

    def _change(self, changed: Callable[[Terms], Terms]) -> None:
        record, terms = random.choice(list(self.calls.items()))
        begun, terms = time.time(), changed(terms)
        status, _ = self._write("PATCH", f"/api/crm/calls/{record}", _body(terms))
        if status == 200:
            self._note(record, terms, begun)

    def _finish(self) -> None:
        record, begun = random.choice(list(self.calls)), time.time()
        if self._write("PATCH", f"/api/crm/calls/{record}", {"proxima_llamada_done": True})[0] == 200:
            self._note(record, None, begun)

    def _delete(self) -> None:
        record, begun = random.choice(list(self.calls)), time.time()
        # 404: it was deleted by an earlier request whose answer was lost.
        if self._write("DELETE", f"/api/crm/calls/{record}", None)[0] in (204, 404):
            self._note(record, None, begun)

    def _write(self, method: str, path: str, given: dict[str, Any] | None) -> tuple[int, str]:
        """Send a write again and again until it is answered for good; by its key it is made once."""
        headers = {"Authorization": f"Bearer {self.person.token}", "Content_Type": "application/json"}
        if method == "POST":
            headers["Idempotency_Key"] = str(uuid4())
        deadline = time.monotonic() + ANSWER_WITHIN
        while True:
            try:
                status, text = self.ask(method, path, None if given is None else json.dumps(given), **headers)
                if status < 500 and status != 429:
                    return status, text
            except (OSError, HTTPException):
                pass
            assert time.monotonic() < deadline, f"{method} {path} was never answered"
            time.sleep(PAUSE)

    def _note(self, record: UUID, terms: Terms | None, begun: float) -> None:
        self.history.changes.append(Change(record, terms, begun, time.time()))
        if terms is None:
            del self.calls[record]
        else:
            self.calls[record] = terms


def _soon() -> float:
    return float(int(time.time()) + LEAD + random.randint(*AHEAD))


def _body(terms: Terms) -> dict[str, str]:
    due = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(terms.due))
    return {"proxima_llamada_fecha": due, "coverage_user_id": str(terms.cover)}


class Load:
    """Four writers and two readers, each a thread, from ``start`` to ``stop``."""

    def __init__(self, site: Site, history: History):
        kinds = [Writer] * 4 + [Reader] * 2
        clients = [kind(site, person, history) for kind, person in zip(kinds, site.people, strict=False)]
        self._stopping = Event()
        self._history = history
        self._threads = [Thread(target=self._run, args=[client], daemon=True) for client in clients]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when every client has had the answer it waits for."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(ANSWER_WITHIN + 30)

    def _run(self, client: Writer | Reader) -> None:
        try:
            while not self._stopping.wait(random.uniform(0, 2 * PAUSE)):
                client.step()
        except Exception as error:  # shown in the report: a client that stopped would make the soak look well
            self._history.ended.append(f"a client: {error!r}")
