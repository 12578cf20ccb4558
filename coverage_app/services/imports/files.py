"""The file of an import, stored in parts, so that no process has the whole of it in memory."""

import io
from typing import IO
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from coverage_app.extensions import db
from coverage_app.models import Import, ImportPart

PART = 1024 * 1024  # bytes
BUFFER = 64 * 1024  # bytes


def store(import_id: UUID, file: IO[bytes]) -> None:
    """Store the whole of ``file``, in the caller's transaction."""
    file.seek(0)
    number = 0
    while data := file.read(PART):
        db.session.execute(insert(ImportPart).values(import_id=import_id, number=number, data=data))
        number += 1


def open_file(import_id: UUID) -> IO[bytes]:
    """Open the file at its beginning; empty once it was deleted. No transaction is open between two reads."""
    return io.BufferedReader(_Parts(import_id), BUFFER)


def delete_file(import_id: UUID) -> None:
    """Delete its parts, in the caller's transaction."""
    db.session.execute(delete(ImportPart).where(ImportPart.import_id == import_id))


def size_of(file: IO[bytes]) -> int:
    """Return the size of an open file, in bytes."""
    return file.seek(0, io.SEEK_END)


def stored_bytes(user_id: UUID, *, but: UUID) -> int:
    """Return the stored bytes of a person's files, except for those of one import."""
    query = select(func.sum(func.length(ImportPart.data))).join(Import, Import.id == ImportPart.import_id)
    return int(db.session.scalar(query.where(Import.user_id == user_id, Import.id != but)) or 0)


class _Parts(io.RawIOBase):
    """Reads one part after the other, each on a connection that is given back at once."""

    def __init__(self, import_id: UUID):
        self._import_id, self._number, self._rest = import_id, 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(self._next())
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _next(self) -> bytes:
        conditions = ImportPart.import_id == self._import_id, ImportPart.number == self._number
        with db.engine.connect() as connection:
            data = connection.scalar(select(ImportPart.data).where(*conditions))
        self._number += 1
        return data or b""
