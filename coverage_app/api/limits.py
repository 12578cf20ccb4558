"""So many requests a minute for each token, counted in Redis; in this process alone while Redis is away."""

from flask import Flask, Response, request
from flask_limiter import Limiter

from coverage_app import alarms
from coverage_app.api.access import caller
from coverage_app.api.blueprint import api
from coverage_app.settings import Settings

PER_CALLER = "600/minute"
PATIENCE = 0.3  # seconds that a request waits for Redis, before it is counted here instead


def init_app(app: Flask) -> None:
    """After the guard: a request is counted only when it is known whose it is."""
    settings: Settings = app.extensions["settings"]
    # Runs after the limiter's own, which would tell every answer when to come back.
    app.after_request(_only_when_refused)
    limiter = Limiter(
        lambda: str(caller().token.id),
        storage_uri=settings.redis_url,
        storage_options=alarms.options(settings, PATIENCE),
        in_memory_fallback_enabled=True,
        headers_enabled=True,
        key_prefix="api",
    )
    limiter.limit(PER_CALLER)(api)
    limiter.init_app(app)


def _only_when_refused(response: Response) -> Response:
    if request.blueprint == api.name and response.status_code != 429:
        response.headers.pop("Retry-After", None)
    return response
