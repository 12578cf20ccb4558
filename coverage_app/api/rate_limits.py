"""So many requests a minute for each token, counted in Redis; in this process alone while Redis is away."""

from flask import Flask, Response, request

from coverage_app import counters
from coverage_app.api.auth import caller
from coverage_app.api.blueprint import api
from coverage_app.extensions import db
from coverage_app.settings import Settings

PER_CALLER = "600/minute"


def init_app(app: Flask) -> None:
    """After the guard: a request is counted only when it is known whose it is."""
    settings: Settings = app.extensions["settings"]
    # Runs after the limiter's own, which would tell every answer when to come back.
    app.after_request(_only_when_refused)
    limiter = counters.limiter(settings, lambda: str(caller().token.id), headers_enabled=True, key_prefix="api")
    limiter.limit(PER_CALLER)(api)
    limiter.init_app(app)
    app.after_request(_end_transaction)  # runs before the limiter's own, which asks Redis


def _end_transaction(response: Response) -> Response:
    """The answer is written; no transaction waits for Redis."""
    if request.blueprint == api.name:
        db.session.rollback()
    return response


def _only_when_refused(response: Response) -> Response:
    if request.blueprint == api.name and response.status_code not in (429, 503):
        response.headers.pop("Retry-After", None)
    return response
