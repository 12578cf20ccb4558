"""What is kept of a password."""

from werkzeug.security import generate_password_hash

METHOD = "scrypt:32768:8:1"  # slow on purpose: 32 MB and some 60 ms for each guess


def hashed(password: str) -> str:
    """A salted hash, another at each call."""
    return generate_password_hash(password, METHOD)
