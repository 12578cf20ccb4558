"""The request headers Idempotency-Key and If-Match."""

import re
from collections.abc import Callable, Container
from datetime import datetime
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l

from coverage_app.api.errors import Refusal
from coverage_app.services import idempotency
from coverage_app.services.idempotency import KeyedRequest
from coverage_app.services.values import Json, JsonObject

Versions = Container[int] | None
Keep = Callable[[JsonObject], None]
KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")
IDEMPOTENCY_KEY: JsonObject = {
    "name": "Idempotency-Key",
    "description": "For 24 hours, the same key with the same body gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}
IF_MATCH: JsonObject = {
    "name": "If-Match",
    "description": "An ETag: the change is made only if that is still the record's version.",
    "schema": {"type": "string"},
}
BAD_KEY = _l("From 1 to 255 visible ASCII characters.")


def once(user_id: UUID, body: Callable[[], Json], now: datetime, operation: Callable[[Keep], None]) -> JsonObject:
    """Run ``operation`` and return its answer, or the first answer to this Idempotency-Key.

    ``body`` returns the request's body, as JSON. ``operation`` does the work and hands its answer to the given
    function before it commits. Raises KeyReused, Refusal, and what ``operation`` raises.
    """
    keyed = _keyed_request(user_id, body, now)
    first = idempotency.find(keyed) if keyed else None
    if first is not None:
        return first
    answers: list[JsonObject] = []

    def store_answer(answer: JsonObject) -> None:
        answers.append(answer)
        if keyed:
            idempotency.remember(keyed, answer)

    try:
        operation(store_answer)
    except idempotency.Overtaken:
        assert keyed
        first = idempotency.find(keyed)
        assert first is not None, "the request that overtook this one has committed"
        return first
    return answers[0]


def _keyed_request(user_id: UUID, body: Callable[[], Json], now: datetime) -> KeyedRequest | None:
    """Return the request under its Idempotency-Key; None when it carries none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not KEY_FORM.fullmatch(key):
        raise Refusal(422, errors={"Idempotency-Key": [str(BAD_KEY)]})
    return KeyedRequest(user_id, key, f"{request.method} {request.path}", body(), now)


def etag(version: int) -> str:
    """Return the version as a strong ETag."""
    return f'"{version}"'


def versions() -> Versions:
    """Return the versions that If-Match names; None when any will do. A tag that is no version matches nothing."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return {int(tag) for tag in request.if_match if tag and re.fullmatch(r"[1-9]\d{0,9}", tag)}
