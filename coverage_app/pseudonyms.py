"""Stable stand-ins for what must not be read in Redis keys and log lines: the address of an account, of a client.

The two have the same ones in both places, so that whoever looks into an attack finds what belongs together, and
``flask pseudonym`` says which is somebody's.
"""

import hmac

from flask import current_app

from coverage_app.client_network import client_network

LENGTH = 24  # hexadecimal digits, 96 bits


def of_account(address: str) -> str:
    """Return the pseudonym of an account, of which ``address`` is the normal form."""
    return pseudonym("account", address)


def of_client(address: str | None) -> str:
    """Return the pseudonym of the network that an IP address is in."""
    return pseudonym("network", client_network(address))


def pseudonym(purpose: str, value: str) -> str:
    """Return a keyed hash of ``value``: the same for the same purpose and SECRET_KEY, of no use without the key."""
    secret: str = current_app.extensions["settings"].secret_key
    message = f"pseudonym\0{purpose}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret.encode(), message, "sha256").hex()[:LENGTH]
