"""The way back from a record: to the list or board that one came from, as one had narrowed it."""

from urllib.parse import urlsplit

from flask import Flask, request, url_for

from coverage_app.web.middleware.auth import safe_next


def init_app(app: Flask) -> None:
    app.add_template_global(back_to)


def back_to(*endpoints: str) -> str:
    """The page that led here, with its filter, if it is one of ``endpoints``; else the first of these."""
    places = [url_for(endpoint) for endpoint in endpoints]
    try:
        came = urlsplit(request.referrer or "")
    except ValueError:  # anybody may send anything
        return places[0]
    if came.netloc == request.host and came.path in places:
        return safe_next(f"{came.path}?{came.query}" if came.query else came.path)
    return places[0]
