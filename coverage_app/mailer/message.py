"""The bytes of one mail, built by hand: Flask-Mail's own builder takes two thirds of a mail's time.

Quoted-printable on both parts, so that no line is longer than 76 and no text can look like a header,
a boundary or the end of the message.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from flask_mail import Message

# "=" is followed by two hex digits or a line end in quoted-printable text: this can stand nowhere in it.
BOUNDARY = "=_reminder_="
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# Controls other than TAB and LF have no meaning in a text for people.
UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PLAIN = re.compile(r"[ A-Za-z0-9!#$%&'*+,./:;^_`{|}~()-]{0,60}")
PLAIN_NAME = re.compile(r"[ A-Za-z0-9!#$%&'*+/^_`{|}~-]{0,60}")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MAX_ADDRESS = 254
CHUNK = 45  # bytes of UTF-8 in one encoded word, which may be 75 characters long


class InvalidMessage(Exception):
    """A mail that cannot be made: its address is not one plain address."""


@dataclass(frozen=True)
class OutgoingEmail:
    """One mail to one person. ``reply_to`` is (name, address); ``date`` is aware."""

    reminder_id: UUID
    to_name: str
    to_address: str
    reply_to: tuple[str, str]
    subject: str
    text: str
    html: str
    date: datetime


class ReminderMessage(Message):
    """Flask-Mail's message with its bytes made here, and its Message-ID given: a retry is the same mail."""

    def __init__(self, email: OutgoingEmail, sender: tuple[str, str]):
        # Not super().__init__: it asks the network for this machine's name, for an id that is not used.
        self.email = email
        self.subject = email.subject
        self.sender = header_address(*sender)
        self.sender_address = sender[1]
        self.recipient = plain_address(email.to_address)
        self.recipients = [self.recipient]
        self.reply_to = header_address(*email.reply_to)
        self.cc, self.bcc, self.attachments = [], [], []
        self.msgId = f"<{email.reminder_id}@{sender[1].rpartition('@')[2]}>"

    def as_bytes(self) -> bytes:
        """The whole mail with CRLF line ends, ready for DATA but for its dots."""
        email = self.email
        headers = [
            f"From: {self.sender}",
            f"To: {header_address(email.to_name, self.recipient)}",
            f"Reply-To: {self.reply_to}",
            f"Subject: {header_text(email.subject)}",
            f"Date: {format_datetime(email.date)}",
            f"Message-ID: {self.msgId}",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"',
        ]
        parts = [_part("plain", email.text), _part("html", email.html)]
        body = b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + part for part in parts)
        return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + body + f"--{BOUNDARY}--\r\n".encode()


def header_text(text: str, plain: re.Pattern[str] = PLAIN) -> str:
    """``text`` as a header's value: as it is when that is safe, else in encoded words (RFC 2047), folded."""
    text = UNFIT.sub(" ", text).strip()
    if plain.fullmatch(text):
        return text
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in _chunks(text))


def header_address(name: str, address: str) -> str:
    """«Name <address>», or the bare address when there is no name."""
    address = plain_address(address)
    name = header_text(name, PLAIN_NAME)
    return f"{name} <{address}>" if name else address


def plain_address(address: str) -> str:
    """One address, its domain in ASCII. Raises InvalidMessage for anything that could mean more than one."""
    local, _, domain = address.rpartition("@")
    try:
        ascii_address = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        raise InvalidMessage("the address has no usable domain") from None
    if len(ascii_address) > MAX_ADDRESS or not ADDRESS.fullmatch(ascii_address):
        raise InvalidMessage("it is not one plain e-mail address")
    return ascii_address


def _chunks(text: str) -> list[bytes]:
    """``text`` in UTF-8, cut between characters into pieces that fit an encoded word."""
    pieces, piece = [], b""
    for char in text:
        encoded = char.encode()
        if len(piece) + len(encoded) > CHUNK:
            pieces.append(piece)
            piece = b""
        piece += encoded
    return [*pieces, piece]


def _part(kind: str, text: str) -> bytes:
    lines = UNPRINTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    encoded = b2a_qp(lines.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + encoded + b"\r\n"
