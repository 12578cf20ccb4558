"""The contents of an import's file: how they are searched, and when they are deleted."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from coverage_app.enums import ImportState
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, ImportPart
from coverage_app.services.imports.csv_file import ALPHABETS
from coverage_app.services.imports.files import delete_file
from coverage_app.services.imports.limits import OVER
from coverage_app.services.leasing import EXPIRED

OVERLAP = 4 * 1024  # bytes that two parts are read with in common; no name or address is longer
UNREADABLE = "\ufffd"
DISCARDED = {"state": ImportState.DISCARDED} | EXPIRED


def delete_contents(import_id: UUID) -> None:
    """Delete the file and what was read from it, in the caller's transaction.

    The messages stay as long as the import, so that its owner can correct the lines.
    """
    delete_file(import_id)
    _update(ImportChunk, ImportChunk.import_id == import_id, values=[])


def erase(import_ids: list[UUID]) -> None:
    """Delete all that these imports hold of what people wrote, in the caller's transaction; the open are discarded.

    A worker that has a lease on one finds it lost, and rolls back.
    """
    for import_id in import_ids:
        delete_contents(import_id)
        _update(ImportChunk, ImportChunk.import_id == import_id, messages=[])
        _update(Import, Import.id == import_id, name=None, problem=None)
        _update(Import, (Import.id == import_id) & Import.state.not_in(OVER), **DISCARDED)


def find_mentions(is_in: Callable[..., bool]) -> list[UUID]:
    """Return the imports, of anybody, with a text for which ``is_in`` is true.

    No worker goes on with any import until the caller's transaction ends.
    """
    imports = select(Import.id, Import.name, Import.problem).order_by(Import.id).with_for_update()
    rows = db.session.execute(imports).all()
    return [one for one, *texts in rows if is_in(*texts) or any(map(is_in, _texts(one)))]


def _texts(import_id: UUID) -> Iterator[Any]:
    """Yield what was read from the file, as JSON, and the messages; then the file, piece by piece."""
    chunks = select(ImportChunk.values, ImportChunk.messages).where(ImportChunk.import_id == import_id)
    yield from ([values, messages] for values, messages in db.session.execute(chunks))
    numbers = select(ImportPart.number).where(ImportPart.import_id == import_id).order_by(ImportPart.number)
    tail = b""
    for number in db.session.scalars(numbers).all():
        one = (ImportPart.import_id == import_id, ImportPart.number == number)
        part = db.session.scalars(select(ImportPart.data).where(*one)).one()
        yield from _readings(tail + part)
        tail = part[-OVERLAP:]


def _readings(data: bytes) -> Iterator[str]:
    """Yield a piece of a file in each encoding that it may have: it may not be validated yet."""
    usual, other = ALPHABETS
    text = data.decode(usual, "replace")
    yield text
    if UNREADABLE in text.strip(UNREADABLE):  # at its ends, letters were cut in two
        yield data.decode(other, "replace")


def _update(model: Any, where: Any, **values: Any) -> None:
    statement = update(model).where(where).values(**values)
    db.session.execute(statement, execution_options={"synchronize_session": False})
