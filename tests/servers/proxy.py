"""A road to a server that can be blocked: before Redis, PostgreSQL or SMTP, with or without TLS in front."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Coroutine
from threading import Thread
from typing import Any

from tests.servers import free_port

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: no farewell, the other side sees a reset


class Proxy:
    """Passes connections on to ``to``, another port of this machine, until it is set otherwise.

    ``hang``: connections are taken and stay open, what is written is acknowledged, and nothing passes.
    ``abandon``: so it stays for the connections of now, while later ones pass.
    ``swallow``: what clients say arrives, and no answer comes back. ``flow`` ends both.
    """

    def __init__(self, to: int, tls: ssl.SSLContext | None = None):
        self.to, self.tls, self.port = to, tls, free_port()
        self._swallowing = False
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def hang(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def abandon(self) -> None:
        self.hang()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def swallow(self) -> None:
        self._swallowing = True

    def flow(self) -> None:
        self._swallowing = False
        self._loop.call_soon_threadsafe(self._flowing.set)

    def reset(self) -> None:
        """Break every open connection, as a restarted router does. New ones are taken."""
        self._do(self._reset())

    def _do(self, act: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=self.tls)

    async def _end(self) -> None:
        self._server.close()
        await self._reset()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports are closed in the loop's next rounds
        await self._server.wait_closed()

    async def _reset(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError, AttributeError):  # its socket may be gone already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me, flowing = asyncio.current_task(), self._flowing
        assert me is not None
        self._talks.add(me)
        both = {writer}
        try:
            their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.to)
            both.add(their_writer)
            self._writers |= both
            there = self._pass_on(reader, their_writer, flowing)
            back = self._pass_on(their_reader, writer, flowing, answers=True)
            await asyncio.gather(there, back)
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, or the proxy is
        finally:
            self._writers -= both
            self._talks.discard(me)
            for one in both:
                one.transport.abort()

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flowing: asyncio.Event, *, answers: bool = False
    ) -> None:
        while data := await source.read(65536):
            await flowing.wait()
            if not (answers and self._swallowing):
                sink.write(data)
                await sink.drain()
        sink.close()
