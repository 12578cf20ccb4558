"""Browsers in which a person has signed in before. Where guessing at an account is slowed down for the whole world,
its owner gets in all the same (OWASP's device cookies)."""

import hashlib
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from coverage_app.services.accounts import account_key

COOKIE = "known"
PATH = "/sign-in"
KEPT = 365 * 24 * 3600  # seconds


def remember(answer: Response, email: str) -> None:
    """Have this browser known for ``email``, from now on and where one signs in only."""
    answer.set_cookie(
        _cookie(),
        _seal().dumps([_mark(email), secrets.token_hex(8)]),
        max_age=KEPT,
        path=PATH,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def known_browser(email: str) -> str | None:
    """Return the id of the present browser if ``email`` has signed in with it before, else None."""
    try:
        mark, browser = _seal().loads(request.cookies.get(_cookie(), ""))
    except (BadSignature, ValueError, TypeError):  # also a cookie of the time before browsers had ids
        return None
    return browser if mark == _mark(email) else None


def _cookie() -> str:
    return str(current_app.extensions["settings"].cookie_name(COOKIE, PATH))


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].signing_keys, salt="known-browser")


def _mark(email: str) -> str:
    # Not a pseudonym, which changes with SECRET_KEY: the cookie is sealed, and lies with its owner alone.
    return hashlib.sha256(account_key(email).encode()).hexdigest()[:32]
