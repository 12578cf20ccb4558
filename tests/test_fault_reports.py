"""What Sentry gets of a fault, received by a server of ours: the place in the code, and nothing that anybody typed."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from coverage_app.settings import ROOT
from tests.fixtures.databases import ON_SQLITE

# A process of its own: Sentry's client changes the whole of one, for good.
FAULTY = """
import logging, sentry_sdk, structlog
from flask import request
from coverage_app import create_app

app = create_app()
app.config["WTF_CSRF_ENABLED"] = False

def search():
    needle = request.args["q"]
    structlog.get_logger().info("looking", word=needle)
    logging.getLogger("library").warning("looking for %s", needle)
    if request.form["password"] == "logged needle":
        structlog.get_logger().error("mail.lost", why=needle)
        logging.getLogger("library").error("lost %s", needle)
    try:
        int(needle)
    except ValueError as error:
        raise LookupError(f"nothing called {needle}") from error

app.view_functions["session.sign_in"] = search
browser = app.test_client()
browser.set_cookie("coverage", "cookie-needle")
for password in ("typed needle", "logged needle"):
    answer = browser.post(
        "/sign-in?q=Needle&next=/calls/needle",
        data={"email": "needle@example.com", "password": password},
        headers={"Referer": "http://localhost/?q=needle", "User-Agent": "needle", "Authorization": "Bearer needle"},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )
    assert answer.status_code == 500
sentry_sdk.flush(20)
"""


class Sink(ThreadingHTTPServer):
    """Takes what Sentry's client sends; ``text`` is all of it, ``events`` the faults."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Envelopes)
        self.bodies: list[bytes] = []

    @property
    def text(self) -> str:
        return "\n".join(body.decode() for body in self.bodies)

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]
        return [line for line in lines if "platform" in line]


class Envelopes(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@ON_SQLITE
def test_sentry_gets_the_place_of_a_fault_and_nothing_typed(environ: dict[str, str], sink: Sink) -> None:
    variables = environ | {"SENTRY_DSN": f"http://key@127.0.0.1:{sink.server_port}/1"}
    done = subprocess.run(
        [sys.executable, "-c", FAULTY], cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    types = [[one["type"] for one in event.get("exception", {"values": []})["values"]] for event in sink.events]
    assert types.count(["ValueError", "LookupError"]) == 2
    assert [event["message"] for event in sink.events if "message" in event] == ["mail.lost"]
    assert {event["transaction"] for event in sink.events} == {"session.sign_in"}
    [*_, last] = sink.events[0]["exception"]["values"][-1]["stacktrace"]["frames"]
    assert (last["function"], last["module"]) == ("search", "__main__")
    private = ("needle", "example.com", "203.0.113", "/calls", "coverage=")
    assert [word for word in private if word in sink.text.lower()] == []
