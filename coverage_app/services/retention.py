"""Delete what is older than it needs to be: reminders, audit entries, sign-ins, idempotency keys, imports."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import delete, select

from coverage_app.extensions import db
from coverage_app.models import AuditEntry, IdempotencyKey, Import, Reminder, SignIn
from coverage_app.services import erasure, idempotency

log = structlog.get_logger()
EVERY = timedelta(hours=1)
BATCH = 1000
SIGN_IN_LASTS = timedelta(days=30)
IMPORT_LASTS = timedelta(days=30)  # after its last change; the records have a history of their own
OVER = ("sent", "failed", "skipped")


def delete_expired(now: datetime) -> dict[str, int]:
    """Delete, some rows at a time, what is past its keeping; returns how many of each. Any worker may do it."""
    before = now - timedelta(days=current_app.extensions["settings"].retain_days)
    row, gone = Reminder, {}
    for name, question in {
        "reminders": select(row.id).where(row.status.in_(OVER), row.scheduled_send_at < before),
        "changes": select(AuditEntry.id).where(AuditEntry.at < before),
        "sign_ins": select(SignIn.id).where(SignIn.created_at < now - SIGN_IN_LASTS),
        "idempotency_keys": select(IdempotencyKey.id).where(IdempotencyKey.created_at <= now - idempotency.LIFETIME),
        "imports": select(Import.id).where(Import.updated_at < now - IMPORT_LASTS),
    }.items():
        gone[name] = _delete(question)
    erasure.rewrite_if_wanted()
    if any(gone.values()):
        log.info("retention.deleted", **gone)
    return gone


def _delete(question: Any) -> int:
    table, total = question.column_descriptions[0]["entity"], 0
    # What another worker is about to delete is left to it: neither waits for the other.
    some = question.limit(BATCH).with_for_update(skip_locked=True)
    while ids := list(db.session.scalars(some)):
        db.session.execute(delete(table).where(table.id.in_(ids)))
        db.session.commit()
        total += len(ids)
    db.session.rollback()
    return total
