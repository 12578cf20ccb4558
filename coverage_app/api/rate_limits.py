"""Limits the requests per minute of each token; counted in Redis, in this process alone while Redis is away."""

from flask import Flask, Response, request

from coverage_app import counters
from coverage_app.api.auth import caller
from coverage_app.api.blueprint import api
from coverage_app.extensions import db
from coverage_app.settings import Settings

PER_CALLER = "600/minute"


def init_app(app: Flask) -> None:
    """Register the limit after authentication, so that a request is counted for its token."""
    settings: Settings = app.extensions["settings"]
    # Runs after the limiter's own, which would put Retry-After on every answer.
    app.after_request(_only_when_refused)
    limiter = counters.limiter(settings, lambda: str(caller().token.id), headers_enabled=True, key_prefix="api")
    limiter.limit(PER_CALLER)(api)
    limiter.init_app(app)
    app.after_request(_end_transaction)  # runs before the limiter's own, which asks Redis


def _end_transaction(response: Response) -> Response:
    """End the transaction once the answer is written, so that none is open during a call to Redis."""
    if request.blueprint == api.name:
        db.session.rollback()
    return response


def _only_when_refused(response: Response) -> Response:
    if request.blueprint == api.name and response.status_code not in (429, 503):
        response.headers.pop("Retry-After", None)
    return response
