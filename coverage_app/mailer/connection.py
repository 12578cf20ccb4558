"""An SMTP connection, reused for many mails, that tells faults of the server from faults of one mail."""

from __future__ import annotations

import contextlib
import math
import re
import smtplib
import socket
import time
from threading import Lock
from typing import Any

from flask_mail import Connection

from coverage_app.mailer.connect import connect
from coverage_app.mailer.errors import (
    SERVICE_GOES,
    ConnectionLost,
    Rejected,
    ReplyLost,
    ServerUnavailable,
    SnapshotExpired,
    format_reply,
)
from coverage_app.mailer.message import OutgoingEmail, ReminderMessage

LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
# The server wants a log-in or TLS that the settings do not provide: no row's fault.
NOT_ADMITTED = {454, 530, 534, 535, 538}
PROCEED = 354


class SmtpConnection(Connection):
    """Flask-Mail's connection with a time-out, verified TLS, and each step's answer read."""

    def __init__(self, mail: Any, timeout: float):
        super().__init__(mail)
        self.timeout = timeout
        self.is_new = False
        self._lock = Lock()
        self._past_the_dot = False
        self.aborted = False

    @property
    def is_open(self) -> bool:
        return self.host is not None

    def open(self) -> None:
        """Connect, secure and log in. Raises ServerUnavailable, in words that never hold the password."""
        if self.aborted:
            raise ServerUnavailable("broken off")
        self.host = self.configure_host()
        self.is_new = True

    def configure_host(self) -> smtplib.SMTP:
        return connect(self.mail, self.timeout)

    def close(self) -> None:
        """Leave politely; a server that is already gone, or hangs, is left as it is."""
        host, self.host = self.host, None
        if host is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if host.sock is not None:
                host.sock.settimeout(1)
            host.quit()
        host.close()

    def close_abruptly(self) -> None:
        """Close the socket without QUIT: the state of the connection is unknown."""
        if self.host is not None:
            self.host.close()
            self.host = None

    def transmit(self, email: OutgoingEmail, until: float = math.inf) -> str:
        """Hand one mail over; return the server's words of acceptance. The message is not begun after ``until``
        (on the monotonic clock).

        Raises ServerUnavailable (nothing was accepted, any mail would fare alike), ConnectionLost, Rejected,
        ReplyLost, SnapshotExpired or InvalidMessage. After any of these the connection is clean for the next mail,
        or closed.
        """
        sender = self.mail.default_sender
        message = ReminderMessage(email, sender)
        content = LEADING_DOT.sub(b"..", message.as_bytes())
        if self.host is None:
            self.open()
        try:
            self._begin(message)
            return self._data(content, until)
        except Rejected:
            self._reset()
            raise
        except (ServerUnavailable, ReplyLost, SnapshotExpired):
            self.close_abruptly()
            raise
        finally:
            self.is_new = False

    def abort(self) -> bool:
        """Stop what the connection is doing, from another thread. False when the message's last byte is under way:
        then its answer is worth waiting for."""
        with self._lock:
            self.aborted = True
            if self._past_the_dot:
                return False
            host = self.host
            sock = host.sock if host is not None else None  # once: its own thread may be closing it
            if sock is not None:
                with contextlib.suppress(OSError):
                    # Past SSLSocket's own shutdown, after which what is still written would leave in clear.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
            return True

    def _begin(self, message: ReminderMessage) -> None:
        """MAIL, RCPT and DATA, in one packet where the server offers it (RFC 2920); every answer is read."""
        assert self.host is not None
        commands = [f"MAIL FROM:<{message.sender_address}>", f"RCPT TO:<{message.recipient}>", "DATA"]
        answers: list[tuple[int, bytes]] = []
        together = self.host.has_extn("pipelining")
        if together:
            self._send("\r\n".join([*commands, ""]).encode("ascii"), commands[0])
        try:
            for command in commands:
                if not together:
                    self._send(f"{command}\r\n".encode("ascii"), command)
                answers.append(self._answer(command))
                if not together and _fault(answers[-1], command):
                    break
        except (ConnectionLost, ReplyLost):
            if not any(map(_fault, answers, commands)):
                raise
            self.close_abruptly()  # it said why, and left
        faults = [fault for fault in map(_fault, answers, commands) if fault]
        if faults and answers[-1][0] == PROCEED and len(answers) == len(commands):
            self.close_abruptly()  # it waits for a message, and a lenient server might deliver an empty one
        if faults:
            raise faults[0]

    def _send(self, packet: bytes, command: str) -> None:
        assert self.host is not None
        try:
            self.host.send(packet)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise ConnectionLost(f"the connection broke at {command.split()[0]}: {error}") from None

    def _answer(self, command: str) -> tuple[int, bytes]:
        assert self.host is not None
        try:
            return self.host.getreply()
        except smtplib.SMTPException as error:  # the connection is gone, or what came is not an answer
            # Silence after DATA may be this mail's doing (a filter that hangs); before it, it is the road's.
            if command == "DATA" and isinstance(error.__context__, TimeoutError):
                raise ReplyLost(f"no answer to DATA: {error}") from None
            raise ConnectionLost(f"the connection broke at {command.split()[0]}: {error}") from None

    def _data(self, content: bytes, until: float) -> str:
        """The message and its final dot."""
        assert self.host is not None
        with self._lock:
            if time.monotonic() > until:
                raise SnapshotExpired
            if self.aborted:
                raise ServerUnavailable("broken off before the message")
            self._past_the_dot = True
        try:
            self.host.send(content + b".\r\n")
            code, words = self.host.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise ReplyLost(f"no answer to the message: {error}") from None
        finally:
            self._past_the_dot = False
        if code == SERVICE_GOES:
            raise ConnectionLost(format_reply(code, words))
        if code != 250:
            raise Rejected(code, format_reply(None, words))
        return format_reply(code, words)

    def _reset(self) -> None:
        """After a refusal the server may still hold half a transaction; the next mail must not pay for it."""
        if self.host is None:
            return
        try:
            code, _ = self.host.docmd("RSET")
        except (smtplib.SMTPException, OSError):
            code = 0
        if code != 250:
            self.close_abruptly()


def _fault(answer: tuple[int, bytes], command: str) -> Exception | None:
    """What is wrong with a server's answer to MAIL, RCPT or DATA."""
    code, words = answer
    if code == SERVICE_GOES:
        return ConnectionLost(format_reply(code, words))
    if code in NOT_ADMITTED and command.startswith("MAIL"):
        return ServerUnavailable(format_reply(code, words))
    wanted = (PROCEED,) if command == "DATA" else (250, 251)
    return None if code in wanted else Rejected(code, format_reply(None, words))
