"""Idempotency: a request sent twice under one key is carried out once, and gets the same answer both times."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from coverage_app.errors import Conflict
from coverage_app.extensions import db
from coverage_app.models import IdempotencyKey
from coverage_app.services.conflicts import unique_or
from coverage_app.services.values import Json, JsonObject

LIFETIME = timedelta(hours=24)


class KeyReused(Conflict):
    """The key was used before, for another request."""

    sentence = _l("This Idempotency-Key was used before, for another request. Use a new one for each.")


class Overtaken(Conflict):
    """The same request, sent at the same moment, was first; its answer can now be read."""


@dataclass(frozen=True)
class KeyedRequest:
    """One request under a key. ``operation`` is its method and path, ``body`` what came in it, as JSON."""

    user_id: UUID
    key: str
    operation: str
    body: Json
    now: datetime

    @property
    def fingerprint(self) -> str:
        text = json.dumps([self.operation, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def find(request: KeyedRequest) -> JsonObject | None:
    """Return the first answer, or None when this request is the first. Raises KeyReused."""
    query = select(IdempotencyKey).where(IdempotencyKey.user_id == request.user_id, IdempotencyKey.key == request.key)
    first = db.session.scalar(query.where(IdempotencyKey.created_at > request.now - LIFETIME))
    if first is None:
        return None
    if first.fingerprint != request.fingerprint:
        raise KeyReused
    return first.body


def remember(request: KeyedRequest, body: JsonObject) -> None:
    """Store the answer, in the transaction that does the work.

    Raises Overtaken, and undoes that transaction, when the same request was first.
    """
    query = delete(IdempotencyKey).where(IdempotencyKey.user_id == request.user_id, IdempotencyKey.key == request.key)
    db.session.execute(query.where(IdempotencyKey.created_at <= request.now - LIFETIME))
    db.session.add(
        IdempotencyKey(
            user_id=request.user_id, key=request.key, fingerprint=request.fingerprint, body=body, created_at=request.now
        )
    )
    with unique_or(Overtaken):
        db.session.flush()
