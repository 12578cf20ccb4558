"""Clients that are slow, silent or stalled: they cost a socket for a while, and nobody else waits for them."""

import gc
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask, Response

from coverage_app.web.server import MAX_BODY, MAX_HEADER, Server
from tests.fixtures.application import running
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import wait_until
from tests.servers import free_port

pytestmark = ON_SQLITE
PATIENCE = 4.0
SILENT = b"G"
HEADER = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nemail="
KEPT = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
STALLED = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nem"


@contextmanager
def served(app: Flask, **bounds: float) -> Iterator[Server]:
    server = Server(app, "127.0.0.1", free_port(), **bounds)  # type: ignore[arg-type]
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def site(settings: object) -> Iterator[Flask]:
    """An application with one page more: an answer that is larger than any socket's buffer."""
    with running(settings) as app:  # type: ignore[arg-type]
        app.before_request_funcs[None].clear()
        app.add_url_rule("/large", "large", lambda: Response(b"x" * 2**20 for _ in range(32)))
        yield app


@pytest.fixture
def connect() -> Iterator[Callable[[Server, bytes], socket.socket]]:
    with ExitStack() as until_the_end:

        def opened(server: Server, first: bytes) -> socket.socket:
            client = until_the_end.enter_context(socket.create_connection(("127.0.0.1", int(server.effective_port))))
            client.sendall(first)
            return client

        yield opened


def trickle(clients: list[socket.socket], stop: Event) -> None:
    """A byte from each, again and again: none of them is ever silent for long."""
    while not stop.wait(0.5):
        for client in clients:
            try:
                client.send(b"a")
            except OSError:
                continue


def get(server: Server, path: str) -> tuple[int, float]:
    begun = time.monotonic()
    client = HTTPConnection("127.0.0.1", int(server.effective_port), timeout=20)
    client.request("GET", path, headers={"Host": "localhost"})
    status = client.getresponse().status
    client.close()
    return status, time.monotonic() - begun


def exchange(server: Server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(server.effective_port)), timeout=20) as client:
        client.sendall(request)
        answer = b""
        while part := client.recv(65536):
            answer += part
        return answer


def test_200_slow_clients_hold_up_nobody_and_are_closed(site: Flask, connect: Callable[..., socket.socket]) -> None:
    stop = Event()
    with served(site, patience=PATIENCE) as server:
        kinds = [SILENT, HEADER, BODY, KEPT, CHUNKED]
        clients = [connect(server, first) for first in kinds for _ in range(38)]
        stalled = [connect(server, STALLED) for _ in range(10)]
        for client in clients[3 * 38 : 3 * 38 + 10]:
            client.shutdown(socket.SHUT_WR)
        Thread(target=trickle, args=[clients[38 : 3 * 38], stop], daemon=True).start()
        answers = [get(server, path) for _ in range(10) for path in ("/healthz", "/sign-in")]
        assert {status for status, _ in answers} == {200}
        # Generous for a busy machine; with a thread for each of them it was never.
        assert max(seconds for _, seconds in answers) < 10
        wait_until(lambda: not server.active_channels, timeout=PATIENCE * 6)
        stop.set()
        assert get(server, "/healthz")[0] == 200
    assert stalled


def test_large_body_of_a_client_that_leaves_is_dropped(site: Flask, connect: Callable[..., socket.socket]) -> None:
    gc.disable()  # it closes what nobody holds any more, sooner or later
    try:
        with served(site) as server:
            before = nameless_files()
            client = connect(server, BODY + b"a" * 600_000)
            wait_until(lambda: nameless_files() == before + 1)
            client.close()
            wait_until(lambda: nameless_files() == before)
    finally:
        gc.enable()


def nameless_files() -> int:
    """Return how many files this process has open that have no name, as temporary ones."""
    opened = (one.stat() for one in Path("/proc/self/fd").iterdir() if one.exists())
    return sum(stat.S_ISREG(one.st_mode) and not one.st_nlink for one in opened)


def test_a_client_when_all_places_are_taken_is_served(site: Flask, connect: Callable[..., socket.socket]) -> None:
    with served(site, connections=20) as server:
        first, *_others = [connect(server, SILENT) for _ in range(30)]
        assert get(server, "/healthz")[0] == 200
        wait_until(lambda: len(server.active_channels) <= 20)
        first.settimeout(10)
        assert first.recv(1) == b""  # the one that has moved nothing for longest made room


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (b"431", b"GET / HTTP/1.1\r\nX-Long: ".ljust(MAX_HEADER, b"x")),
        (b"413", b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1)),
        (b"400", b"GET / HTTP/1.1\r\nBad header\x00 : x\r\n\r\n"),
        (b"501", b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n"),
    ],
)
def test_an_answer_of_the_server_itself_has_the_headers(site: Flask, status: bytes, request_: bytes) -> None:
    with served(site) as server:
        answer = exchange(server, request_)
    assert answer.split()[1] == status
    for header in (b"Content-Security-Policy: default-src 'none'", b"X-Content-Type-Options: nosniff", b"no-store"):
        assert header in answer
    assert b"waitress" not in answer.lower()


def test_a_server_that_stops_finishes_what_it_works_on(site: Flask) -> None:
    entered, proceed = Event(), Event()

    def slow() -> str:
        entered.set()
        proceed.wait(10)
        return "finished"

    site.add_url_rule("/slow", "slow", slow)
    found: list[bytes] = []
    asking = b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with served(site) as server:
        client = Thread(target=lambda: found.append(exchange(server, asking)))
        client.start()
        assert entered.wait(10)
        server.stop()
        wait_until(lambda: server.socket is None)
        proceed.set()
        client.join(10)
    assert found[0].endswith(b"finished")


def test_a_client_is_named_in_no_line_of_the_server(site: Flask, connect: Callable[..., socket.socket]) -> None:
    with served(site) as server:
        connect(server, HEADER)
        wait_until(lambda: len(server.active_channels) > 0)
        [channel] = server.active_channels.values()
        assert "127.0.0.1" not in f"{channel} {channel!r}"
