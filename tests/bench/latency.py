"""A road of some length: a proxy in a process of its own through which every byte takes its time, each way."""

import asyncio
import multiprocessing
import socket
from typing import Any

from tests.servers import free_port, wait_until


class FarAway:
    """``port`` leads to ``behind``; bytes arrive ``seconds`` later, in order, without waiting for one another."""

    def __init__(self, behind: int, seconds: float):
        self.port = free_port()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_carry, args=(self.port, behind, seconds), daemon=True
        )

    def __enter__(self) -> "FarAway":
        self._process.start()
        wait_until(self._answers, 10, "the proxy")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class _End(asyncio.Protocol):
    """One end of a connection; what it receives leaves at the other end a little later."""

    def __init__(self, seconds: float):
        self.seconds, self.other, self.transport = seconds, None, None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.seconds, self._pass_on, data)

    def connection_lost(self, _error: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self.seconds, self._pass_on, None)

    def _pass_on(self, data: bytes | None) -> None:
        if self.other is None or self.other.transport is None:
            return
        if data is None:
            self.other.transport.close()
        else:
            self.other.transport.write(data)


class _Near(_End):
    """The client's end: opens the far one."""

    def __init__(self, behind: int, seconds: float):
        super().__init__(seconds)
        self.behind = behind

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.other = _End(self.seconds)
        self.other.other = self
        loop = asyncio.get_running_loop()
        self.opening = loop.create_task(loop.create_connection(lambda: self.other, "127.0.0.1", self.behind))


def _carry(port: int, behind: int, seconds: float) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Near(behind, seconds), "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())
