"""What can go wrong between us and a mail server, sorted by whose fault it is."""

import re

SERVICE_GOES = 421


class ServerUnavailable(Exception):
    """No mail can go this way now: no connection, TLS or log-in refused, 421, silence before the message."""


class ConnectionLost(ServerUnavailable):
    """An open connection failed under this mail: it dropped, fell silent, or the server said 421. Nothing was accepted.
    Whether it is the road's fault or this mail's shows in how others fare."""


class Rejected(Exception):
    """The server rejected this mail. ``permanent`` for a 5xx."""

    def __init__(self, code: int, words: str):
        super().__init__(f"{code} {words}")
        self.permanent = code >= 500


class SnapshotExpired(Exception):
    """So much time has passed on the way to the message that what it says may no longer be true."""


class ReplyLost(Exception):
    """The message was under way and the server's answer never came: it may or may not have been accepted."""


def format_reply(code: int | None, words: bytes | str) -> str:
    """Return a server's reply, on one line and shortened."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()[:300]
    return f"{code} {text}" if code is not None else text
