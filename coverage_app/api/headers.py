"""The request headers that change what a request means: a key that makes it happen once, a version it is meant for."""

import re
from collections.abc import Callable, Container
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l

from coverage_app.api.errors import Refusal
from coverage_app.services import idempotency
from coverage_app.services.idempotency import KeyedRequest

Versions = Container[int] | None
Keep = Callable[[dict[str, Any]], None]
KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "description": "For 24 hours, the same key with the same body gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "description": "An ETag: the change is made only if that is still the record's version.",
    "schema": {"type": "string"},
}
BAD_KEY = _l("From 1 to 255 visible ASCII characters.")


def once(user_id: UUID, body: Callable[[], Any], now: datetime, make: Callable[[Keep], None]) -> dict[str, Any]:
    """The answer to this request: what ``make`` answers, or what was answered when its Idempotency-Key came first.

    ``body`` gives what came, as JSON. ``make`` does the work, and tells the answer before it commits.
    """
    asked = _under_key(user_id, body, now)
    first = idempotency.find(asked) if asked else None
    if first is not None:
        return first
    answers: list[dict[str, Any]] = []

    def keep(answer: dict[str, Any]) -> None:
        answers.append(answer)
        if asked:
            idempotency.remember(asked, answer)

    try:
        make(keep)
    except idempotency.Overtaken:
        assert asked
        first = idempotency.find(asked)
        assert first is not None, "the request that overtook this one has committed"
        return first
    return answers[0]


def _under_key(user_id: UUID, body: Callable[[], Any], now: datetime) -> KeyedRequest | None:
    """The request under its Idempotency-Key; None when it carries none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not KEY_FORM.fullmatch(key):
        raise Refusal(422, errors={"Idempotency-Key": [str(BAD_KEY)]})
    return KeyedRequest(user_id, key, f"{request.method} {request.path}", body(), now)


def etag(version: int) -> str:
    """The version as a strong ETag."""
    return f'"{version}"'


def versions() -> Versions:
    """The versions that If-Match names; None when any will do. What we never gave out matches nothing."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return {int(tag) for tag in request.if_match if tag and re.fullmatch(r"[1-9]\d{0,9}", tag)}
