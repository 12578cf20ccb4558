"""Who is reading: their language and their zone, known before anything else looks at the request."""

from flask import g, has_request_context, request

from coverage_app.enums import LOCALES
from coverage_app.models import User


def remember(user: User | None) -> None:
    """Keep the reader of this request; None for somebody who has not signed in."""
    g.reader = user


def locale() -> str | None:
    """The signed-in person's language, else the best that the browser asks for, else the application's."""
    if not has_request_context():
        return None
    user = g.get("reader")
    return user.locale if user else request.accept_languages.best_match(LOCALES)


def timezone() -> str | None:
    """The signed-in person's zone; None leaves the application's."""
    user = g.get("reader") if has_request_context() else None
    return user.timezone if user else None
