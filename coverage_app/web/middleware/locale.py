"""Who is reading: their language and their zone, known before anything else looks at the request."""

from dataclasses import dataclass

from flask import g, has_request_context, request

from coverage_app.enums import LOCALES
from coverage_app.models import User


@dataclass(frozen=True)
class ReaderPreferences:
    """Values, not the person's row, which is read again after a rollback: an error page has no database to ask."""

    locale: str
    timezone: str


def remember(user: User | None) -> None:
    """Store the reader of this request; None for one who has not signed in."""
    g.reader = ReaderPreferences(user.locale, user.timezone) if user else None


def locale() -> str | None:
    """The signed-in person's language, else the best that the browser asks for, else the application's."""
    if not has_request_context():
        return None
    reader: ReaderPreferences | None = g.get("reader")
    return reader.locale if reader else request.accept_languages.best_match(LOCALES)


def timezone() -> str | None:
    """The signed-in person's zone; None leaves the application's."""
    reader: ReaderPreferences | None = g.get("reader") if has_request_context() else None
    return reader.timezone if reader else None
