"""Line 19: a mail server that does not let us in, or that we must not trust: everything waits, and words say why."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.models import Heartbeat, User
from coverage_app.models import Reminder as Row
from tests.faults.conftest import ManyDue, Stored
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.engine import Start
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.servers.smtp import Sink
from tests.servers.tls import server_context

PASSWORD = "muy-secreta"
# How we are kept out → what everybody sees of it.
KEPT_OUT = {
    "log-in refused": "log-in refused: 535 5.7.8",
    "certificate by a stranger": "TLS refused: unable to get local issuer certificate",
    "certificate expired": "TLS refused: certificate has expired",
    "certificate for another name": "TLS refused: Hostname mismatch, certificate is not valid for 'localhost'",
    "no STARTTLS": "not offered by the server: STARTTLS",
    "goodbye at STARTTLS": "421 4.3.2 Going",
    "goodbye at AUTH": "421 4.3.2 Going",
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whom the worker trusts."""
    return trustme.CA()


def context(kind: str, authority: trustme.CA) -> ssl.SSLContext | None:
    if kind == "no STARTTLS":
        return None
    if kind == "certificate by a stranger":
        return server_context(trustme.CA().issue_cert("localhost"))
    if kind == "certificate expired":
        return server_context(authority.issue_cert("localhost", not_after=datetime(2026, 1, 1, tzinfo=UTC)))
    return server_context(
        authority.issue_cert("another.example.com" if kind == "certificate for another name" else "localhost")
    )


@pytest.fixture
def server(kind: str, authority: trustme.CA) -> Iterator[Sink]:
    """A mail server that keeps us out in this way."""
    sink = Sink(
        tls_context=context(kind, authority),
        authenticator=lambda *_: AuthResult(success=kind != "log-in refused", handled=False),
    )
    if kind.startswith("goodbye"):
        sink.replies[kind.split()[-1]] = lambda _given: "421 4.3.2 Going"
    sink.start()
    yield sink
    sink.stop()


@ON_SQLITE
@pytest.mark.parametrize("kind", KEPT_OUT)
def test_19_refused_log_in_or_tls_sends_and_fails_nothing_and_says_why(
    start: Start,
    many_due: ManyDue,
    stored: Stored,
    people: People,
    sign_in: Callable[[User], FlaskClient],
    tmp_path: Path,
    server: Sink,
    authority: trustme.CA,
    kind: str,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    environ = {
        "SMTP_SERVER": "localhost",
        "SMTP_PORT": str(server.port),
        "SMTP_SECURITY": "starttls",
        "SMTP_USER": "info@example.com",
        "SMTP_PASSWORD": PASSWORD,
        "SSL_CERT_FILE": str(tmp_path / "authority.pem"),
    }
    many_due(3)
    worker, doctor = start("worker", **environ), start("doctor", **environ)
    words = KEPT_OUT[kind]
    wait_until(lambda: any(words in (trouble or "") for trouble in stored(select(Heartbeat.last_error))))
    wait_until(lambda: set(stored(select(Row.status))) == {"pending"})
    assert {(row.attempts, row.claims, row.last_error) for row in stored(select(Row))} == {(0, 0, None)}
    assert (doctor.wait(), words in doctor.log) == (1, True)
    banner: Any = sign_in(people.responsible).get("/").text
    assert words.replace("'", "&#39;") in banner
    assert not {"MAIL", "RCPT", "DATA", "DOT"} & set(server.said) and server.messages == []
    assert kind in ("log-in refused", "goodbye at AUTH") or "AUTH" not in server.said
    assert PASSWORD not in worker.log + doctor.log
