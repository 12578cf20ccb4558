"""What is kept of a password. Slow on purpose, so never inside a transaction, and only a few at a time."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from werkzeug.security import check_password_hash, generate_password_hash

from coverage_app.errors import Overloaded

METHOD = "scrypt:32768:8:1"  # 32 MB and some 60 ms for each guess
AT_ONCE = 2  # in one process: more would not be faster, and each takes its 32 MB
PATIENCE = 5.0  # seconds
_slots = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """Return a salted hash, another at each call. Raises Overloaded."""
    with _slot():
        return generate_password_hash(password, METHOD)


def matches(password_hash: str, password: str) -> bool:
    """Return whether the hash was made of this password. Raises Overloaded."""
    with _slot():
        return check_password_hash(password_hash, password)


def nobodys() -> str:
    """Return what looks like a hash and is of no password: to check one against it takes as long as any check."""
    return f"{METHOD}${secrets.token_hex(8)}${secrets.token_hex(64)}"


@contextmanager
def _slot() -> Iterator[None]:
    """Wait for one's turn, PATIENCE seconds at most, so that a crowd of strangers holds no thread for long."""
    if not _slots.acquire(timeout=PATIENCE):
        raise Overloaded
    try:
        yield
    finally:
        _slots.release()
