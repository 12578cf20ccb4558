"""Files of many records: taken in, checked line by line by a worker, accepted by a person, written all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from coverage_app.enums import EntityType, ImportState
from coverage_app.errors import Conflict, NotFound
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, User
from coverage_app.services.imports import contents
from coverage_app.services.imports.columns import KINDS, ImportColumn, ImportKind
from coverage_app.services.imports.contents import erase, find_mentions
from coverage_app.services.imports.limits import MAX_FILE, OVER, most_lines
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
    """The import is not where this could be done to it; ``sentence`` says why."""

    def __init__(self, sentence: Any):
        super().__init__()
        self.sentence = sentence


def one(import_id: UUID, *, by: User) -> Import:
    """One of ``by``'s own. Raises NotFound, also for somebody else's."""
    found = db.session.scalar(select(Import).where(Import.id == import_id, Import.user_id == by.id))
    if found is None:
        raise NotFound
    return found


def of(user_id: UUID, kind: EntityType) -> Sequence[Import]:
    """The latest of a person's, the newest first."""
    mine = select(Import).where(Import.user_id == user_id, Import.kind == kind)
    return db.session.scalars(mine.order_by(Import.created_at.desc(), Import.id).limit(SHOWN)).all()


def messages(import_id: UUID) -> Iterator[dict[str, Any]]:
    """{line, column, sentence, refused} of every line of which there is something to say, in their order."""
    last = -1
    # Some at a time: there may be something to say of every line, and often only the first are asked for.
    chunks = select(ImportChunk.number, ImportChunk.messages).where(ImportChunk.import_id == import_id)
    while found := db.session.execute(
        chunks.where(ImportChunk.number > last).order_by(ImportChunk.number).limit(CHUNKS_AT_ONCE)
    ).all():
        for _number, said in found:
            yield from sorted(said, key=lambda one: one["line"])
        last = found[-1].number


def first_messages(import_id: UUID, most: int, *, refused: bool) -> list[dict[str, Any]]:
    """The first of those that are refused, or of those that are not."""
    found: list[dict[str, Any]] = []
    for one in messages(import_id):
        if one["refused"] == refused:
            found.append(one)
        if len(found) == most:
            break
    return found


def accept(import_id: UUID, *, by: User) -> Import:
    """Let a worker write an import of ``by``'s without a refused line. Done twice it is done once. Commits.

    Raises NotFound, or NotNow when it is not checked, has refused lines, or is over.
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
    """Give up an import of ``by``'s that was not accepted; its file is not kept. Done twice it is done once. Commits.

    Raises NotFound, or NotNow when it was accepted or is over.
    """
    open_ = update(Import).where(Import.state.in_(DISCARDABLE))
    imported = _move(open_.values(**contents.DISCARDED), import_id, by, lambda: contents.delete_contents(import_id))
    if imported.state != ImportState.DISCARDED:
        raise InvalidState(_l("It was accepted already, or is over."))
    return imported


def _move(change: Any, import_id: UUID, by: User, also: Callable[[], None] | None = None) -> Import:
    """Do ``change``, and ``also``, to one of ``by``'s own if it applies; return it as it is then. Commits."""
    mine = change.where(Import.id == import_id, Import.user_id == by.id)
    moved = db.session.scalar(mine.returning(Import.id).execution_options(synchronize_session=False))
    if moved and also:
        also()
    found = select(Import).where(Import.id == import_id, Import.user_id == by.id)
    imported = db.session.scalar(found.execution_options(populate_existing=True))
    db.session.commit()
    if imported is None:
        raise NotFound
    if moved:
        log.info(f"import.{imported.state}", id=str(import_id), by=str(by.id))
    return imported
