"""How much an import may hold, and how much one person may have taken in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from coverage_app.enums import ImportState
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Import
from coverage_app.services.imports.csv_file import FIELD
from coverage_app.services.imports.files import stored_bytes

MEGABYTE = 1024 * 1024
MAX_FILE = 20 * MEGABYTE  # bytes
# Lines that are checked, and written, together; fewer where they are long.
CHUNK, CHUNK_SIZE = 500, 256 * 1024  # lines, characters
# SQLite has one writer: everybody else waits while an import is written.
MOST_LINES = {"postgresql": 50_000, "sqlite": 5_000}
# Of one person.
MOST_OPEN = 10  # imports that are not over
MOST_A_DAY = 100  # imports within 24 hours
MOST_KEPT = 200 * MEGABYTE  # bytes in the files of all imports
OVER = (ImportState.WRITTEN, ImportState.FAILED, ImportState.DISCARDED)


def most_lines() -> int:
    return MOST_LINES[db.engine.dialect.name]


def check_number(lines: int) -> None:
    """Raise FieldError when there are no lines, or too many."""
    if not lines:
        raise FieldError(FIELD, _l("The file has a heading and no line under it."))
    most = most_lines()
    if lines > most:
        sentence = _l("The file has more than %(most)d lines, the most that go at once. Divide it.", most=most)
        raise FieldError(FIELD, sentence)


def check_size(size: int) -> None:
    """Raise FieldError for a file of too many bytes."""
    if size > MAX_FILE:
        raise FieldError(FIELD, _l("A file holds up to %(most)d megabytes.", most=MAX_FILE // MEGABYTE))


def check_quotas(user_id: UUID, size: int, now: datetime, *, import_id: UUID) -> None:
    """Raise FieldError when this import, of ``size`` bytes, exceeds what one person may have."""
    others = select(func.count()).select_from(Import).where(Import.user_id == user_id, Import.id != import_id)
    if _number(others.where(Import.state.not_in(OVER))) >= MOST_OPEN:
        sentence = _l("You have %(most)d imports that are not over. Accept or discard one first.", most=MOST_OPEN)
        raise FieldError(FIELD, sentence)
    if _number(others.where(Import.created_at > now - timedelta(days=1))) >= MOST_A_DAY:
        sentence = _l("You have sent %(most)d files within 24 hours, the most that one may. Wait.", most=MOST_A_DAY)
        raise FieldError(FIELD, sentence)
    if stored_bytes(user_id, but=import_id) + size > MOST_KEPT:
        sentence = _l(
            "The files of your imports would take up more than %(most)d megabytes. Discard one that was not written;"
            " the others are deleted in time.",
            most=MOST_KEPT // MEGABYTE,
        )
        raise FieldError(FIELD, sentence)


def _number(query: Any) -> int:
    return int(db.session.scalar(query) or 0)
