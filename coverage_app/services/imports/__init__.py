"""Files of many records: taken in, checked line by line by a worker, accepted by a person, written all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from coverage_app.enums import EntityType, ImportState
from coverage_app.errors import AlreadyExists, Conflict, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, User
from coverage_app.services.imports import table
from coverage_app.services.imports.columns import KINDS, Column, Kind, named
from coverage_app.services.imports.limits import MAX_FILE, MOST_OPEN, most_lines
from coverage_app.services.imports.work import work
from coverage_app.services.texts import one_line

__all__ = [
    "KINDS",
    "MAX_FILE",
    "Column",
    "Kind",
    "NotNow",
    "accept",
    "discard",
    "most_lines",
    "of",
    "one",
    "take_in",
    "told",
    "told_first",
    "work",
]

log = structlog.get_logger()
MAX_NAME = 200
SHOWN = 20
CHUNKS_AT_ONCE = 10
OVER = (ImportState.WRITTEN, ImportState.FAILED, ImportState.DISCARDED)
GIVEN_UP = {"state": ImportState.DISCARDED, "claim_token": None, "claimed_at": None, "file": b""}
DISCARDABLE = (ImportState.WAITING, ImportState.CHECKING, ImportState.CHECKED)


class NotNow(Conflict):
    """The import is not where this could be done to it; ``sentence`` says why."""

    def __init__(self, sentence: Any):
        super().__init__()
        self.sentence = sentence


def take_in(
    kind: EntityType,
    file: bytes,
    *,
    by: User,
    now: datetime,
    name: str | None = None,
    import_id: UUID,
    also: Callable[[Import], None] | None = None,
) -> Import:
    """Keep a file for a worker to check. Its local times are those of ``by``'s zone. Commits.

    What is wrong with the whole of it at first sight raises FieldError for ``file``; a form sent twice raises
    AlreadyExists. ``also`` is called before the commit, as in ``records.create``.
    """
    if db.session.get(Import, import_id) is not None:
        raise AlreadyExists
    _check_at_first_sight(kind, file, by)
    imported = Import(
        id=import_id,
        user_id=by.id,
        kind=kind,
        name=one_line(name or "")[:MAX_NAME] or None,
        file=file,
        timezone=by.timezone,
        created_at=now.replace(microsecond=0),
    )
    db.session.add(imported)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise AlreadyExists from None
    if also:
        also(imported)
    db.session.commit()
    log.info("import.taken_in", id=str(import_id), kind=kind, bytes=len(file), by=str(by.id))
    return imported


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


def told(import_id: UUID) -> Iterator[dict[str, Any]]:
    """{line, column, sentence, refused} of every line of which there is something to say, in their order."""
    last = -1
    # Some at a time: there may be something to say of every line, and often only the first are asked for.
    chunks = select(ImportChunk.number, ImportChunk.told).where(ImportChunk.import_id == import_id)
    while found := db.session.execute(
        chunks.where(ImportChunk.number > last).order_by(ImportChunk.number).limit(CHUNKS_AT_ONCE)
    ).all():
        for _number, said in found:
            yield from sorted(said, key=lambda one: one["line"])
        last = found[-1].number


def told_first(import_id: UUID, most: int, *, refused: bool) -> list[dict[str, Any]]:
    """The first of those that are refused, or of those that are not."""
    found: list[dict[str, Any]] = []
    for one in told(import_id):
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
        raise NotNow(_l("It has lines that cannot be written. Correct the file, and send it again."))
    if imported.state in OVER:
        raise NotNow(_l("This import is over. Send the file again."))
    raise NotNow(_l("It is still being checked. Wait a moment."))


def discard(import_id: UUID, *, by: User) -> Import:
    """Give up an import of ``by``'s that was not accepted; its file is not kept. Done twice it is done once. Commits.

    Raises NotFound, or NotNow when it was accepted or is over.
    """
    open_ = update(Import).where(Import.state.in_(DISCARDABLE))
    imported = _move(open_.values(**GIVEN_UP), import_id, by)
    if imported.state != ImportState.DISCARDED:
        raise NotNow(_l("It was accepted already, or is over."))
    return imported


def _move(change: Any, import_id: UUID, by: User) -> Import:
    """Do ``change`` to one of ``by``'s own if it applies, and return it as it is then. Commits."""
    mine = change.where(Import.id == import_id, Import.user_id == by.id)
    moved = db.session.scalar(mine.returning(Import.id).execution_options(synchronize_session=False))
    found = select(Import).where(Import.id == import_id, Import.user_id == by.id)
    imported = db.session.scalar(found.execution_options(populate_existing=True))
    db.session.commit()
    if imported is None:
        raise NotFound
    if moved:
        log.info(f"import.{imported.state}", id=str(import_id), by=str(by.id))
    return imported


def _check_at_first_sight(kind: EntityType, file: bytes, by: User) -> None:
    if len(file) > MAX_FILE:
        raise FieldError(table.FIELD, _l("A file holds up to %(most)d megabytes.", most=MAX_FILE // 2**20))
    named(KINDS[kind], table.read(file).heading)
    mine = select(func.count()).select_from(Import).where(Import.user_id == by.id, Import.state.not_in(OVER))
    if (db.session.scalar(mine) or 0) >= MOST_OPEN:
        sentence = _l("You have %(most)d imports that are not over. Accept or discard one first.", most=MOST_OPEN)
        raise FieldError(table.FIELD, sentence)
