"""The web process: waitress, with bounds on what a slow client may hold.

Waitress reads whole requests and writes answers in its main loop; its threads run the application alone, so a client
that is slow to ask or to read costs a socket and a buffer on the disk, no thread. What waitress leaves open is
decided here: a total time for each request and each answer (its own time-out is about silence, and a client that
trickles is never silent), room for new clients when all connections are taken, and security headers on the answers
that it gives itself.
"""

import logging
import resource
import signal
import sys
import time
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from coverage_app import create_app
from coverage_app.settings import SettingsError
from coverage_app.web.middleware.headers import fixed_headers

log = structlog.get_logger()
THREADS = 8
CONNECTIONS = 1000
PATIENCE = 20.0  # seconds for a header; of silence between two requests; and before SLOWEST applies
SLOWEST = 8 * 1024  # bytes a second that a body or an answer moves at least, on average
MAX_HEADER = 32 * 1024
MAX_BODY = 21 * 1024 * 1024  # the largest file for an import, and the form around it; the application bounds the rest
IN_MEMORY = 64 * 1024  # bytes of one request or answer that are not kept on the disk
ANSWER = 256 * 1024 * 1024  # bytes of one answer that wait on the disk before its thread waits for the client
LEAVE_WITHIN = 6.0  # seconds, of the eight that are promised


class FailedRequest(ErrorTask):
    """An answer that waitress gives itself, with the headers that every answer carries."""

    def execute(self) -> None:
        self.response_headers.extend(fixed_headers(self.channel.server.https).items())
        super().execute()


class Channel(HTTPChannel):
    """One client's connection. Moments are seconds of the monotonic clock."""

    error_task_class = FailedRequest

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.moved_at = self.began_at = time.monotonic()
        self.moved = 0  # bytes of the present request, or of the present answer
        super().__init__(*arguments, **options)

    def __repr__(self) -> str:
        """Return what stands in the log for it: not the address of the client."""
        return f"<{type(self).__name__} {self._fileno}>"

    __str__ = __repr__

    def received(self, data: bytes) -> bool:
        """Take in a part of a request; its time begins with its first byte."""
        if self.request is None:
            self._begin()
        self._note(len(data))
        taken: bool = super().received(data)
        return taken

    def write_soon(self, data: Any) -> int:
        """Take a part of an answer; its time begins when something waits. Raises ClientDisconnected."""
        if not self.total_outbufs_len:
            self._begin()
        written: int = super().write_soon(data)
        return written

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close=do_close)
        self._note(sent)
        return sent

    def handle_close(self) -> None:
        """Forget a request of which only a part came: a large one lies in a file."""
        if self.request is not None:
            self.request.close()
        super().handle_close()

    def overdue(self, now: float) -> bool:
        """Whether the client has used up its time: to send a request, to read an answer, or to begin the next one."""
        reading_answer = self.total_outbufs_len > 0
        if self.requests and not reading_answer:
            return False  # the application is at work
        if now - self.moved_at > self.server.patience:
            return True
        if self.request is None and not reading_answer:
            return False
        header = self.request is not None and not self.request.headers_finished
        return now - self.began_at > self.server.patience + (0.0 if header else self.moved / SLOWEST)

    def _begin(self) -> None:
        self.began_at, self.moved = time.monotonic(), 0

    def _note(self, moved: int) -> None:
        if moved:
            self.moved_at = time.monotonic()
            self.moved += moved


class Server(TcpWSGIServer):
    """``patience`` is in seconds, ``connections`` how many clients at once; tests alone give others."""

    channel_class = Channel

    def __init__(
        self, app: Flask, host: str, port: int, *, patience: float = PATIENCE, connections: int = CONNECTIONS
    ) -> None:
        self.patience, self.connections, self.stopping = patience, connections, False
        self.https = app.extensions["settings"].https
        super().__init__(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            asyncore_use_poll=True,  # select() knows no more than 1,024 files
            connection_limit=sys.maxsize,  # waitress would take no new client; here the idlest old one makes room
            cleanup_interval=1,
            max_request_header_size=MAX_HEADER,
            max_request_body_size=MAX_BODY,
            inbuf_overflow=IN_MEMORY,
            outbuf_overflow=IN_MEMORY,
            outbuf_high_watermark=ANSWER,
            # What is forwarded counts only behind TRUSTED_PROXIES, and the application notices where it does not.
            clear_untrusted_proxy_headers=False,
        )

    def maintenance(self, now: float) -> None:
        """Close the connections whose time is up. Called by the main loop, every second."""
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.overdue(moment):
                # At once: a socket that takes nothing would never be found writable, and so never closed.
                channel.handle_close()

    def handle_accept(self) -> None:
        """Take a new client. Where all places are taken, the one that has moved nothing for longest is closed."""
        super().handle_accept()
        if len(self.active_channels) > self.connections:
            waiting = [channel for channel in self.active_channels.values() if not channel.requests]
            if waiting:
                min(waiting, key=lambda channel: channel.moved_at).handle_close()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Have ``run`` take no new clients, finish what is under way and return. A signal handler may call it."""
        if not self.stopping:
            self.stopping = True
            self.pull_trigger()

    def run(self) -> None:
        """Serve until ``stop``; then answer what has arrived whole, for ``LEAVE_WITHIN`` seconds at most."""
        while not self.stopping:
            wasyncore.poll2(1.0, self._map)
        wasyncore.dispatcher.close(self)
        until = time.monotonic() + LEAVE_WITHIN
        while self._is_busy() and time.monotonic() < until:
            wasyncore.poll2(0.1, self._map)
        self.task_dispatcher.shutdown(timeout=0.5)
        wasyncore.close_all(self._map, ignore_all=True)

    def _is_busy(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())


def main() -> None:
    """Serve on the port of the settings; the first argument is the address to bind, all of the machine's if none."""
    try:
        app = create_app()
    except SettingsError as error:
        sys.exit(str(error))
    # Each client is a file: as many as the system grants.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits a moment is no news
    host = sys.argv[1] if len(sys.argv) > 1 else "0.0.0.0"  # noqa: S104 - a platform reaches it from outside
    port: int = app.extensions["settings"].port
    server = Server(app, host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    log.info("web.started", host=host, port=port)
    server.run()
    log.info("web.stopped")


if __name__ == "__main__":
    main()
