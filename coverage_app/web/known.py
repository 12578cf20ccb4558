"""Browsers in which a person has signed in before. Where guessing at an account is slowed down for the whole world,
its owner gets in all the same (OWASP's device cookies)."""

import hashlib

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

COOKIE = "known"
PATH = "/sign-in"
KEPT = 365 * 24 * 3600  # seconds


def remember(answer: Response, email: str) -> None:
    """Have this browser known for ``email``, from now on and where one signs in only."""
    answer.set_cookie(
        _cookie(),
        _seal().dumps(_mark(email)),
        max_age=KEPT,
        path=PATH,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def is_known(email: str) -> bool:
    """Has somebody signed in as ``email`` in the browser that asks?"""
    try:
        return bool(_seal().loads(request.cookies.get(_cookie(), "")) == _mark(email))
    except BadSignature:
        return False


def _cookie() -> str:
    return str(current_app.extensions["settings"].cookie_name(COOKIE, PATH))


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].signing_keys, salt="known-browser")


def _mark(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).hexdigest()[:32]
