"""An SMTP server in a process of its own that accepts everything as fast as it can, and says what came when."""

import asyncio
import multiprocessing
import re
import time
from multiprocessing.connection import Connection
from typing import Any

from tests.servers import free_port, wait_until

MESSAGE_ID = re.compile(rb"^Message-ID: *(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"
Accepted = list[tuple[float, str]]  # seconds since 1970, Message-ID; in the order of acceptance


class Sink:
    """Answers at ``port`` of the loopback address from ``with`` to its end."""

    def __init__(self) -> None:
        self.port = free_port()
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(self.port, theirs), daemon=True
        )

    def __enter__(self) -> "Sink":
        self._process.start()
        self._ask("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def count(self) -> int:
        """How many were accepted since the last ``take``."""
        return self._ask("count")

    def take(self) -> Accepted:
        """What was accepted since the last time, which is then forgotten."""
        return self._ask("take")

    def wait_for(self, count: int, timeout: float) -> Accepted:
        """What came, as soon as it is ``count`` mails."""
        wait_until(lambda: self.count() >= count, timeout, f"{count} mails")
        return self.take()

    def _ask(self, what: str) -> Any:
        self._ours.send(what)
        return self._ours.recv()


class _Talk(asyncio.Protocol):
    """One connection. Lines may come many at a time: pipelining is offered."""

    def __init__(self, accepted: Accepted):
        self.accepted, self.received, self.in_message = accepted, b"", False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.received += data
        while self._step():
            pass

    def _step(self) -> bool:
        message, end, rest = self.received.partition(END if self.in_message else b"\r\n")
        if not end:
            return False
        self.received = rest
        if self.in_message:
            self._keep(message)
        else:
            self._answer(message[:4].upper())
        return True

    def _keep(self, message: bytes) -> None:
        found = MESSAGE_ID.search(message)
        self.accepted.append((time.time(), found[1].decode() if found else ""))
        self.in_message = False
        self.transport.write(b"250 accepted\r\n")

    def _answer(self, command: bytes) -> None:
        self.in_message = command == b"DATA"
        answers = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
        self.transport.write(answers.get(command, b"250 ok\r\n"))
        if command == b"QUIT":
            self.transport.close()


def _serve(port: int, pipe: Connection) -> None:
    accepted: Accepted = []

    def answer_query() -> None:
        what = pipe.recv()
        pipe.send(accepted[:] if what == "take" else len(accepted))
        if what == "take":
            accepted.clear()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Talk(accepted), "127.0.0.1", port)
        loop.add_reader(pipe.fileno(), answer_query)
        await server.serve_forever()

    asyncio.run(serve())
