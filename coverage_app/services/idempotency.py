"""Idempotency: a request sent twice under one key does its work once, and is answered the same both times."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from coverage_app.errors import Conflict
from coverage_app.extensions import db
from coverage_app.models import IdempotencyKey
from coverage_app.services.conflicts import unique_or

LIFETIME = timedelta(hours=24)


class KeyReused(Conflict):
    """The key came before with something else."""

    sentence = _l("This Idempotency-Key was used before, for another request. Use a new one for each.")


class Overtaken(Conflict):
    """The same request, sent at the same moment, was first; its answer can now be read."""


@dataclass(frozen=True)
class KeyedRequest:
    """One request under a key. ``what`` is its method and path, ``body`` what came in it, as JSON."""

    user_id: UUID
    key: str
    what: str
    body: Any
    now: datetime

    @property
    def fingerprint(self) -> str:
        written = json.dumps([self.what, self.body], sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()


def find(asked: KeyedRequest) -> dict[str, Any] | None:
    """What was answered the first time; None when this is the first. Raises KeyReused."""
    mine = select(IdempotencyKey).where(IdempotencyKey.user_id == asked.user_id, IdempotencyKey.key == asked.key)
    first = db.session.scalar(mine.where(IdempotencyKey.created_at > asked.now - LIFETIME))
    if first is None:
        return None
    if first.fingerprint != asked.fingerprint:
        raise KeyReused
    return first.body


def remember(asked: KeyedRequest, body: dict[str, Any]) -> None:
    """Remember the answer, in the transaction that does the work.

    Raises Overtaken, and undoes that transaction, when the same request was first.
    """
    mine = delete(IdempotencyKey).where(IdempotencyKey.user_id == asked.user_id, IdempotencyKey.key == asked.key)
    db.session.execute(mine.where(IdempotencyKey.created_at <= asked.now - LIFETIME))
    db.session.add(
        IdempotencyKey(
            user_id=asked.user_id, key=asked.key, fingerprint=asked.fingerprint, body=body, created_at=asked.now
        )
    )
    with unique_or(Overtaken):
        db.session.flush()
