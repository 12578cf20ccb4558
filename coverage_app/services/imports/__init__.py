"""Imports of CSV files: uploaded, validated by a worker, accepted by a person, written all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from uuid import UUID

import structlog
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Update, select, update

from coverage_app.enums import EntityType, ImportState
from coverage_app.errors import Conflict, NotFound
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, User
from coverage_app.services.imports import contents
from coverage_app.services.imports.columns import KINDS, ImportColumn, ImportKind
from coverage_app.services.imports.contents import erase, find_mentions
from coverage_app.services.imports.limits import MAX_FILE, OVER, most_lines
from coverage_app.services.imports.lines import Message
from coverage_app.services.imports.runner import work
from coverage_app.services.imports.upload import expect_file, upload

__all__ = [
    "KINDS",
    "MAX_FILE",
    "ImportColumn",
    "ImportKind",
    "InvalidState",
    "accept",
    "discard",
    "erase",
    "expect_file",
    "find_mentions",
    "first_messages",
    "message",
    "most_lines",
    "of",
    "one",
    "upload",
    "work",
]

log = structlog.get_logger()
SHOWN = 20
CHUNKS_AT_ONCE = 10
DISCARDABLE = (ImportState.WAITING, ImportState.CHECKING, ImportState.CHECKED)


class InvalidState(Conflict):
    """The import is in a state that does not allow this; ``sentence`` says why."""

    def __init__(self, sentence: LazyString):
        super().__init__()
        self.sentence = sentence


def one(import_id: UUID, *, by: User) -> Import:
    """Return an import of ``by``. Raises NotFound, also for the import of another person."""
    imported = db.session.scalar(select(Import).where(Import.id == import_id, Import.user_id == by.id))
    if imported is None:
        raise NotFound
    return imported


def of(user_id: UUID, kind: EntityType) -> Sequence[Import]:
    """Return the latest imports of a person, the newest first."""
    query = select(Import).where(Import.user_id == user_id, Import.kind == kind)
    return db.session.scalars(query.order_by(Import.created_at.desc(), Import.id).limit(SHOWN)).all()


def messages(import_id: UUID) -> Iterator[Message]:
    """Yield every message on a line, {line, column, sentence, refused}, in the order of the lines."""
    last = -1
    # In batches: every line may have a message, and often only the first few are read.
    chunks = select(ImportChunk.number, ImportChunk.messages).where(ImportChunk.import_id == import_id)
    while rows := db.session.execute(
        chunks.where(ImportChunk.number > last).order_by(ImportChunk.number).limit(CHUNKS_AT_ONCE)
    ).all():
        for _number, of_chunk in rows:
            yield from sorted(of_chunk, key=lambda one: one["line"])
        last = rows[-1].number


def first_messages(import_id: UUID, most: int, *, refused: bool) -> list[Message]:
    """Return the first messages on refused lines, or those on accepted ones."""
    return list(islice((one for one in messages(import_id) if one["refused"] == refused), most))


def accept(import_id: UUID, *, by: User) -> Import:
    """Queue an import of ``by`` without refused lines for writing. Idempotent. Commits.

    Raises NotFound, or InvalidState when it is not checked, has refused lines, or is over.
    """
    clean = update(Import).where(Import.state == ImportState.CHECKED, Import.refused == 0)
    imported = _move(clean.values(state=ImportState.WRITING), import_id, by)
    if imported.state in (ImportState.WRITING, ImportState.WRITTEN):
        return imported
    if imported.state == ImportState.CHECKED:
        raise InvalidState(_l("It has lines that cannot be written. Correct the file, and send it again."))
    if imported.state in OVER:
        raise InvalidState(_l("This import is over. Send the file again."))
    raise InvalidState(_l("It is still being checked. Wait a moment."))


def discard(import_id: UUID, *, by: User) -> Import:
    """Discard an import of ``by`` that was not accepted, and delete its file. Idempotent. Commits.

    Raises NotFound, or InvalidState when it was accepted or is over.
    """
    open_ = update(Import).where(Import.state.in_(DISCARDABLE))
    imported = _move(open_.values(**contents.DISCARDED), import_id, by, lambda: contents.delete_contents(import_id))
    if imported.state != ImportState.DISCARDED:
        raise InvalidState(_l("It was accepted already, or is over."))
    return imported


def _move(change: Update, import_id: UUID, by: User, also: Callable[[], None] | None = None) -> Import:
    """Apply ``change``, and ``also``, to an import of ``by`` if it applies; return it as it is then. Commits."""
    owned = change.where(Import.id == import_id, Import.user_id == by.id)
    moved = db.session.scalar(owned.returning(Import.id).execution_options(synchronize_session=False))
    if moved and also:
        also()
    query = select(Import).where(Import.id == import_id, Import.user_id == by.id)
    imported = db.session.scalar(query.execution_options(populate_existing=True))
    db.session.commit()
    if imported is None:
        raise NotFound
    if moved:
        log.info(f"import.{imported.state}", id=str(import_id), by=str(by.id))
    return imported
