"""A real SMTP server in this process that keeps what it accepts, and answers as a test tells it to."""

import asyncio
import inspect
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.servers import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every line of every talk

MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)\r?$", re.MULTILINE)
# A hook gives this back to break the connection off without a word.
DROP = "drop"
# (what the client wrote after the command, or the whole message for DOT) → a reply, DROP, or None to go on as usual.
Hook = Callable[[Any], Any]


@dataclass(frozen=True)
class Received:
    """One accepted message: its bytes, its envelope, and when the final dot was answered."""

    content: bytes
    sender: str
    recipients: tuple[str, ...]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        found = MESSAGE_ID.search(self.content)  # not through the parser, which takes a millisecond
        return found[1].decode() if found else ""


class Sink:
    """``replies`` maps a step (CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT, QUIT, RSET) to a hook; a slow
    one is a coroutine.

    KEPT is no step: its coroutine stands between a message's being accepted and the server's saying so.
    ``said`` are the steps in the order in which clients took them, over all connections.
    """

    def __init__(self, **server_options: Any) -> None:
        self.port = free_port()
        self.replies: dict[str, Hook] = {}
        self.said: list[str] = []
        self.messages: list[Received] = []
        self.server_options = server_options
        self.transports: set[Any] = set()
        self._arrived = Condition()
        self._controller: Controller | None = None
        self._open = False

    def start(self) -> None:
        self._controller = _Controller(self)
        self._controller.start()  # it connects to itself, which is nobody's step
        self._open = True

    def stop(self) -> None:
        if self._controller is not None:
            # aiosmtpd leaves the transport of a client behind that left while its handler was asleep.
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result(10)
            self._controller.stop()
            self._controller = None
        self._open = False  # only now: to the last, it answers as it was set

    def begin_anew(self) -> None:
        """Forget what came, who is still there and what was to be answered; be there, whoever stopped it."""
        if self.transports and self._controller is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result(10)
        self.replies, self.said, self.messages = {}, [], []
        if self._controller is None:
            self.start()

    async def _hang_up(self) -> None:
        for transport in list(self.transports):
            transport.abort()
        await asyncio.sleep(0.01)  # they learn it in the loop's next rounds

    def wait_for(self, count: int, timeout: float = 20) -> list[Received]:
        """The messages, as soon as there are ``count`` of them."""
        deadline = time.monotonic() + timeout
        with self._arrived:
            while len(self.messages) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(self.messages)} of {count} mails within {timeout} s"
                self._arrived.wait(left)
            return list(self.messages)

    def keep(self, message: Received) -> None:
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()

    async def reply(self, step: str, given: Any) -> str | None:
        """What to answer at ``step`` instead of the usual, if anything."""
        if not self._open:
            return None
        self.said.append(step)
        hook = self.replies.get(step)
        answer = hook(given) if hook else None
        return await answer if inspect.isawaitable(answer) else answer

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        answer = await self.reply("DOT", bytes(envelope.content))
        if answer is None or answer.startswith("250"):
            self.keep(Received(bytes(envelope.content), envelope.mail_from, tuple(envelope.rcpt_tos)))
            if hold := self.replies.get("KEPT"):
                await hold(envelope.content)
        return answer or "250 OK"


class _Controller(Controller):
    def __init__(self, sink: Sink):
        super().__init__(sink, hostname="127.0.0.1", port=sink.port)
        self.sink = sink

    def factory(self) -> SMTP:
        return _Scripted(self.sink, **{"hostname": "test.invalid", "timeout": 60, **self.sink.server_options})


class _Scripted(SMTP):
    """Asks the sink before each step. MAIL, RCPT and the others go their usual way unless it says otherwise."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.transports.discard(self.transport)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        answer = await self.event_handler.reply("CONNECT", None)
        if answer is None:
            await super()._handle_client()
        else:
            await self._say(answer)
            self.transport and self.transport.close()

    async def _say(self, answer: str) -> None:
        if answer == DROP:
            self.transport and self.transport.abort()
        else:
            await super().push(answer)

    async def push(self, status: Any) -> None:
        # A hook at the final dot gives its answer through aiosmtpd's own hook, which pushes it.
        await self._say(status)

    async def _ask(self, step: str, given: str | None, usual: Callable[[Any], Any]) -> None:
        answer = await self.event_handler.reply(step, given)
        if answer is None:
            await usual(given)
        else:
            await self._say(answer)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._ask("EHLO", hostname, super().smtp_EHLO)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self._ask("STARTTLS", arg, super().smtp_STARTTLS)

    async def smtp_AUTH(self, arg: str) -> None:
        await self._ask("AUTH", arg, super().smtp_AUTH)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._ask("MAIL", arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._ask("RCPT", arg, super().smtp_RCPT)

    async def smtp_DATA(self, arg: str) -> None:
        await self._ask("DATA", arg, super().smtp_DATA)

    async def smtp_RSET(self, arg: str) -> None:
        await self._ask("RSET", arg, super().smtp_RSET)

    async def smtp_QUIT(self, arg: str) -> None:
        await self._ask("QUIT", arg, super().smtp_QUIT)
