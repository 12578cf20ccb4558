"""Stable stand-ins for what must not be read in Redis keys and log lines, such as an account's address."""

import hmac

from flask import current_app

LENGTH = 24  # hexadecimal digits, 96 bits


def pseudonym(purpose: str, value: str) -> str:
    """Return a keyed hash of ``value``: the same for the same purpose and SECRET_KEY, of no use without the key."""
    secret: str = current_app.extensions["settings"].secret_key
    message = f"pseudonym\0{purpose}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret.encode(), message, "sha256").hex()[:LENGTH]
