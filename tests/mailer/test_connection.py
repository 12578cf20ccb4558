"""The connection to the mail server: encrypted and verified, bounded in time, and never in clear by surprise."""

import asyncio
import socketserver
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult
from flask import Flask

from coverage_app import create_app, mailer
from coverage_app.settings import Smtp, load
from tests.environment import variables
from tests.servers.smtp import Sink
from tests.servers.tls import server_context
from tests.unit.mailer.test_message import email


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """A certificate authority that this process trusts, and no other."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


@pytest.fixture
def sink() -> Iterator[Callable[..., Sink]]:
    """Starts a mail server with these options."""
    running: list[Sink] = []

    def start(**options: Any) -> Sink:
        running.append(Sink(**options))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        server.stop()


def application(port: int, tmp_path: Path, **smtp: Any) -> Flask:
    settings = load(variables(f"sqlite:///{tmp_path}/none.db", redis_port=1, smtp_port=port), tmp_path)
    usual = Smtp("localhost", port, None, None, "starttls", 2, None)
    return create_app(replace(settings, smtp=replace(usual, **smtp)))


def test_it_speaks_tls_with_a_server_whose_certificate_it_can_verify(
    sink: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    server = sink(tls_context=server_context(authority.issue_cert("localhost")), require_starttls=True)
    with application(server.port, tmp_path).app_context():
        connection = mailer.new_connection()
        assert connection.transmit(email()).startswith("250")
        connection.close()
    assert [mail.recipients for mail in server.messages] == [("bea@example.com",)]


@pytest.mark.parametrize("issued_to", ["another.example.com", "localhost"])
def test_it_refuses_a_certificate_for_another_name_or_by_a_stranger(
    issued_to: str, sink: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    issuer = trustme.CA() if issued_to == "localhost" else authority
    server = sink(tls_context=server_context(issuer.issue_cert(issued_to)))
    with application(server.port, tmp_path).app_context(), pytest.raises(mailer.ServerUnavailable, match="TLS refused"):
        mailer.new_connection().transmit(email())
    assert server.messages == []


def test_it_sends_nothing_in_clear_to_a_server_without_tls(sink: Any, tmp_path: Path) -> None:
    server = sink()
    with application(server.port, tmp_path).app_context(), pytest.raises(mailer.ServerUnavailable, match="STARTTLS"):
        mailer.new_connection().transmit(email())
    assert set(server.said) <= {"CONNECT", "EHLO", "QUIT"}


def test_refused_log_in_is_server_unavailable_and_hides_the_password(
    sink: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    server = sink(
        tls_context=server_context(authority.issue_cert("localhost")),
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )
    app = application(server.port, tmp_path, user="info@example.com", password="muy secreta")
    with app.app_context(), pytest.raises(mailer.ServerUnavailable) as fault:
        mailer.probe()
    assert "log-in refused: 535" in str(fault.value)
    assert "muy secreta" not in str(fault.value) + repr(app.extensions["settings"])


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT"])
def test_silence_before_the_message_ends_within_the_time_out(step: str, sink: Any, tmp_path: Path) -> None:
    server = sink()
    server.replies[step] = _never
    with application(server.port, tmp_path, security="none").app_context():
        began = time.monotonic()
        with pytest.raises(mailer.ServerUnavailable):
            mailer.new_connection().transmit(email())
        assert time.monotonic() - began < 8


@pytest.mark.parametrize("step", ["DATA", "DOT"])
def test_silence_at_the_message_is_a_lost_answer(step: str, sink: Any, tmp_path: Path) -> None:
    server = sink()
    server.replies[step] = _never
    with application(server.port, tmp_path, security="none").app_context(), pytest.raises(mailer.ReplyLost):
        mailer.new_connection().transmit(email())


def test_server_that_hangs_on_quit_is_not_waited_for(sink: Any, tmp_path: Path) -> None:
    server = sink()
    server.replies["QUIT"] = _never
    with application(server.port, tmp_path, security="none").app_context():
        connection = mailer.new_connection()
        connection.transmit(email())
        began = time.monotonic()
        connection.close()
        assert time.monotonic() - began < 3


async def _never(_given: object) -> str:
    await asyncio.sleep(30)
    return "250 OK"


@contextmanager
def pipelining_server(refusals: dict[str, str]) -> Iterator[tuple[int, list[str]]]:
    """A server that offers PIPELINING and answers each step as set; as a strict one does, it wants a message
    after DATA even when it refused the recipient; after a 554 it hangs up.

    Yields its port and the recipients of accepted mails."""
    accepted: list[str] = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 test")
            recipient = ""
            while connection := self.rfile.readline().decode().strip():
                verb = connection.split(":")[0].split()[0].upper()
                if verb == "EHLO":
                    self.say("250-test\r\n250 PIPELINING")
                elif verb in refusals:
                    self.say(refusals[verb])
                    if refusals[verb].startswith("554"):
                        return
                elif verb == "DATA":
                    self.say("354 go on")
                    while (text := self.rfile.readline()) not in (b".\r\n", b""):
                        pass
                    if text:
                        self.say("250 taken" if recipient else "554 no valid recipients")
                        accepted.extend([recipient] if recipient else [])
                else:
                    recipient = connection[9:-1] if verb == "RCPT" else "" if verb == "RSET" else recipient
                    self.say("250 ok")

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], accepted
        server.shutdown()


@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        ({}, None),
        ({"MAIL": "450 4.1.8 not yet"}, "450 4.1.8 not yet"),
        ({"MAIL": "554 5.7.1 blocked"}, "554 5.7.1 blocked"),
        ({"RCPT": "550 5.1.1 no such user"}, "550 5.1.1 no such user"),
        ({"DATA": "451 4.3.0 later"}, "451 4.3.0 later"),
    ],
)
def test_in_one_packet_every_answer_is_read_and_the_next_mail_is_not_hurt(
    refusals: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    app = application(1, tmp_path, security="none")
    with pipelining_server(refusals) as (port, accepted), app.app_context():
        app.extensions["mail"].port = port
        connection = mailer.new_connection()
        if expected is None:
            connection.transmit(email())
        else:
            with pytest.raises(mailer.Rejected) as refused:
                connection.transmit(email())
            assert str(refused.value) == expected
        refusals.clear()
        connection.transmit(email())
        connection.close()
    assert accepted == ["bea@example.com"] * (2 if expected is None else 1)


def test_an_answer_without_end_is_a_broken_line(tmp_path: Path) -> None:
    app = application(1, tmp_path, security="none")
    with pipelining_server({"RCPT": f"250 {'o' * 9000}k"}) as (port, accepted), app.app_context():
        app.extensions["mail"].port = port
        connection = mailer.new_connection()
        with pytest.raises(mailer.ConnectionLost, match="broke at RCPT"):
            connection.transmit(email())
        assert not connection.is_open and accepted == []


def test_waiting_encrypted_connection_can_be_aborted(sink: Any, authority: trustme.CA, tmp_path: Path) -> None:
    server = sink(tls_context=server_context(authority.issue_cert("localhost")))
    server.replies["RCPT"] = _never
    with application(server.port, tmp_path).app_context():
        connection = mailer.new_connection()
        connection.timeout = 20
        Timer(0.3, connection.abort).start()
        began = time.monotonic()
        with pytest.raises(mailer.ConnectionLost):
            connection.transmit(email())
        assert time.monotonic() - began < 3


def test_password_smtp_cannot_carry_holds_mail_and_stays_secret(
    sink: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    context = server_context(authority.issue_cert("localhost"))
    server = sink(tls_context=context, authenticator=lambda *_: AuthResult(success=True))
    app = application(server.port, tmp_path, user="info@example.com", password="contraseña")
    with app.app_context(), pytest.raises(mailer.ServerUnavailable) as fault:
        mailer.probe()
    assert "contraseña" not in str(fault.value) and "password" in str(fault.value)


def test_a_message_is_not_begun_after_its_time(sink: Any, tmp_path: Path) -> None:
    server = sink()
    with application(server.port, tmp_path, security="none").app_context():
        connection = mailer.new_connection()
        with pytest.raises(mailer.SnapshotExpired):
            connection.transmit(email(), until=time.monotonic() - 1)
        assert not connection.is_open
    assert server.messages == []
