"""The bytes of a mail, held against the standard library's parser, with hostile text."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app.mailer.message import InvalidMessage, OutgoingEmail, ReminderMessage

ROW = UUID("11111111-2222-3333-4444-555555555555")
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]
HOSTILE = [
    "María Pérez",
    "Bea\r\nBcc: x@evil.example",
    "\x0bSubject: no\x0c\x1c\x1d\x1e",
    'comillas " y <ángulos> @ coma, punto.',
    "=?utf-8?q?ya_codificado?=",
    "<script>alert(1)</script> {{7*7}}",
    "ñ" * 200,
    "日本語のとても長い名前" * 20,
    "\u202eoverride\u2028",
    "\ud800 suelto",
    "",
]


def email(**changes: object) -> OutgoingEmail:
    usual: dict[str, object] = {
        "reminder_id": ROW,
        "to_name": "Bea Soto",
        "to_address": "bea@example.com",
        "reply_to": ("Ana Ruiz", "ana@example.com"),
        "subject": "Recordatorio: Próxima llamada - María Pérez en 24 horas",
        "text": "Hola, Bea:\n\nTexto.\n",
        "html": "<p>Hola, Bea:</p>\n",
        "date": datetime(2026, 12, 3, 9, 0, tzinfo=UTC),
    }
    return OutgoingEmail(**(usual | changes))  # type: ignore[arg-type]


def built(**changes: object) -> bytes:
    return ReminderMessage(email(**changes), ("Sistema Migro", "info@example.com")).as_bytes()


def parsed(**changes: object) -> EmailMessage:
    return message_from_bytes(built(**changes), policy=policy.default)  # type: ignore[return-value]


def well_formed(mail: bytes) -> None:
    """Seven bits, CRLF only, no line longer than 998, the expected headers and no other."""
    assert max(mail) < 128
    assert b"\n" not in mail.replace(b"\r\n", b"") and b"\r" not in mail.replace(b"\r\n", b"")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert message_from_bytes(mail, policy=policy.default).keys() == HEADERS


def test_it_reads_back_as_it_was_meant() -> None:
    mail = parsed()
    assert mail["From"] == "Sistema Migro <info@example.com>"
    assert mail["To"] == "Bea Soto <bea@example.com>"
    assert mail["Reply-To"] == "Ana Ruiz <ana@example.com>"
    assert mail["Subject"] == "Recordatorio: Próxima llamada - María Pérez en 24 horas"
    assert mail["Message-ID"] == f"<{ROW}@example.com>"
    assert mail["Date"].datetime == datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_header_and_no_long_line(text: str) -> None:
    mail = built(subject=text, to_name=text, reply_to=(text, "ana@example.com"), text=text, html=text)
    well_formed(mail)
    back = message_from_bytes(mail, policy=policy.default)
    assert [address.addr_spec for address in back["To"].addresses] == ["bea@example.com"]
    assert [address.addr_spec for address in back["Reply-To"].addresses] == ["ana@example.com"]


@given(st.text(max_size=300))
def test_any_subject_survives_but_for_its_controls(text: str) -> None:
    well_formed(built(subject=text))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=2000))
def test_any_text_arrives_literally(text: str) -> None:
    mail = built(text=text)
    well_formed(mail)
    plain = message_from_bytes(mail, policy=policy.default).get_body(("plain",))  # type: ignore[attr-defined]
    assert plain.get_payload(decode=True).decode().rstrip("\r\n") == text.rstrip("\r\n")


@pytest.mark.parametrize(
    "text", ["x" * 5000, "fin\n.\nMAIL FROM:<x@evil.example>\n", "--=_reminder_=--\n", " \t \n" * 50]
)
def test_no_text_can_end_the_message(text: str) -> None:
    mail = built(text=text, html=text)
    well_formed(mail)
    assert len(list(message_from_bytes(mail, policy=policy.default).iter_parts())) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "address",
    [
        "a@x.org, b@evil.org",
        "a@x.org\r\nBcc: b@evil.org",
        "a@x.org>",
        "josé@example.org",
        "a" * 300 + "@example.org",
        "",
        "nobody",
        "@example.org",
    ],
)
def test_what_is_not_one_plain_address_is_not_written_to(address: str) -> None:
    with pytest.raises(InvalidMessage):
        built(to_address=address)


def test_a_foreign_domain_is_written_in_ascii() -> None:
    assert parsed(to_address="jose@exämple.org")["To"].addresses[0].addr_spec == "jose@xn--exmple-cua.org"
