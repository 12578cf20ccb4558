"""Stores an uploaded file: only its heading is read, and the quotas of a person are checked."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import IO
from uuid import UUID

import structlog

from coverage_app.enums import EntityType
from coverage_app.errors import AlreadyExists, FieldError
from coverage_app.extensions import db
from coverage_app.models import Import, User
from coverage_app.services.accounts.lookup import locked
from coverage_app.services.conflicts import unique_or
from coverage_app.services.imports import csv_file, files
from coverage_app.services.imports.columns import KINDS, read_heading
from coverage_app.services.imports.limits import check_quotas, check_size
from coverage_app.services.sanitize import one_line

log = structlog.get_logger()
MAX_NAME = 200


def expect_file() -> None:
    """End the transaction of the authentication: an upload takes a while."""
    db.session.commit()


def upload(
    kind: EntityType,
    file: IO[bytes],
    *,
    by: User,
    now: datetime,
    name: str | None = None,
    import_id: UUID,
    also: Callable[[Import], None] | None = None,
) -> Import:
    """Store a file for a worker to validate. Its local times are those of ``by``'s zone. Commits.

    What is wrong with its first lines, or is more than one person may take in, raises FieldError for ``file``; a form
    sent twice raises AlreadyExists. ``also`` is called before the commit, as in ``records.create``.
    """
    size = files.size_of(file)
    check_size(size)
    _check_first_lines(kind, file)
    if db.session.get(Import, import_id) is not None:
        raise AlreadyExists
    check_quotas(by.id, size, now, import_id=import_id)
    imported = _store(
        Import(
            id=import_id,
            user_id=by.id,
            kind=kind,
            name=one_line(name or "")[:MAX_NAME] or None,
            timezone=by.timezone,
            created_at=now.replace(microsecond=0),
        ),
        file,
    )
    _check_again(imported, size, now)
    if also:
        also(imported)
    db.session.commit()
    log.info("import.uploaded", id=str(import_id), kind=kind, bytes=size, by=str(by.id))
    return imported


def _store(imported: Import, file: IO[bytes]) -> Import:
    """Store it with its file, in the caller's transaction. Raises AlreadyExists when a concurrent request was first."""
    db.session.add(imported)
    with unique_or(AlreadyExists):
        db.session.flush()
    files.store(imported.id, file)
    return imported


def _check_again(imported: Import, size: int, now: datetime) -> None:
    """Check the quotas with the sender locked: of two files that come at once, the second counts the first."""
    locked(imported.user_id)
    try:
        check_quotas(imported.user_id, size, now, import_id=imported.id)
    except FieldError:
        db.session.rollback()
        raise


def _check_first_lines(kind: EntityType, file: IO[bytes]) -> None:
    """Raise FieldError when it has no heading, or another's. A worker validates the rest."""
    file.seek(0)
    start = file.read(csv_file.PIECE)
    read_heading(KINDS[kind], csv_file.read(lambda: BytesIO(start), whole=False).heading)
