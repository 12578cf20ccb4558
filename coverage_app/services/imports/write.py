"""Writes an accepted import: all of it in one transaction, or nothing.

PostgreSQL takes the rows as they are derived: readers and writers go on beside a long transaction. SQLite has
one writer, so there everything is derived first, onto the disk, and the lock is held for the inserting alone.
"""

import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coverage_app import database_clock
from coverage_app.enums import ImportState
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, Reminder, User
from coverage_app.services import bulk, validation
from coverage_app.services.imports import lookup
from coverage_app.services.imports.columns import KINDS, ImportKind
from coverage_app.services.imports.leases import Lease
from coverage_app.services.imports.lines import Message, from_json, message, record_id
from coverage_app.services.values import Values

log = structlog.get_logger()
# After each line, in seconds: a thread that sends mail gets the interpreter at once, not after 5 ms.
YIELD = 0.0001
TRIES = 3


class _PeopleChanged(Exception):
    """A colleague or a contact changed while the rows were derived: they may be out of date."""


class _Leaving(Exception):
    """The process is stopping: what was written so far is rolled back."""


def write(imported: Import, by: User, lease: Lease, leaving: Callable[[], bool]) -> None:
    """Write every line, or fail the import with the lines that are no longer valid. Raises Lost."""
    for _ in range(TRIES):
        try:
            _Attempt(imported, by, lease, leaving).run()
        except (_PeopleChanged, IntegrityError):
            db.session.rollback()  # and again from the beginning, where the rules see what is true now
        except _Leaving:
            db.session.rollback()
            lease.release()
            db.session.commit()
            return
        else:
            return
    raise RuntimeError("people or contacts changed during every attempt")


class _Attempt:
    """One attempt. ``refused`` are the lines that became invalid since they were validated."""

    def __init__(self, imported: Import, by: User, lease: Lease, leaving: Callable[[], bool]):
        self.imported, self.by, self.lease, self.leaving = imported, by, lease, leaving
        self.kind: ImportKind = KINDS[imported.kind]  # type: ignore[index]
        self.now = database_clock.now()
        self.streams = db.engine.dialect.name == "postgresql"
        self.refused: list[tuple[int, Message]] = []
        self.reminders = 0

    def run(self) -> None:
        """Write it and commit. Raises Lost, _PeopleChanged, _Leaving, or IntegrityError for a deleted contact."""
        people = lookup.everybody()
        active = {person.id for person in people if person.is_active}
        chunks = self._batches(people)
        for chunk in chunks if self.streams else _buffered(chunks):
            chunk.store()
        if self.refused:
            db.session.rollback()
            self._refuse()
            return
        if not self._people_unchanged(active):
            raise _PeopleChanged
        self.lease.end(ImportState.WRITTEN, written=self.imported.lines)
        db.session.commit()
        log.info("import.written", id=str(self.imported.id), lines=self.imported.lines, reminders=self.reminders)

    def _batches(self, people: Sequence[User]) -> Iterator[bulk.InsertBatch]:
        """Yield the rows of each chunk of lines; empty batches once a line is refused."""
        written = 0
        for number in self._numbers():
            lines = self._lines(number)
            directory = lookup.Directory(people, lookup.contacts_of(self._contacts(lines)))
            if not self.streams:
                db.session.commit()  # reading took SQLite's one lock; nothing below asks the database
            self.lease.note_apart(written=written)
            rows = [row for line, values in lines for row in self._derive_line(number, line, values, directory)]
            written += len(lines)
            self.reminders += sum(isinstance(row, Reminder) for row in rows)
            yield bulk.prepare([] if self.refused else rows)

    def _derive_line(self, chunk: int, number: int, values: Values, directory: lookup.Directory) -> list[Any]:
        if self.leaving():
            raise _Leaving
        time.sleep(YIELD)
        record = from_json(self.kind.entity.model, values)
        new_id = record_id(self.imported.id, number)
        try:
            return bulk.derive(
                self.kind.entity, new_id, record, by=self.by, now=self.now, people=directory.found_people
            )
        except FieldError as error:
            label = str(self.kind.column(error.field).label)
            self.refused.append((chunk, message(number, label, str(error.sentence))))
            return []

    def _numbers(self) -> list[int]:
        query = select(ImportChunk.number).where(ImportChunk.import_id == self.imported.id)
        return list(db.session.scalars(query.order_by(ImportChunk.number)))

    def _lines(self, number: int) -> list[tuple[int, Values]]:
        conditions = ImportChunk.import_id == self.imported.id, ImportChunk.number == number
        return list(db.session.scalar(select(ImportChunk.values).where(*conditions)) or [])

    def _contacts(self, lines: list[tuple[int, Values]]) -> set[UUID]:
        name = self.kind.entity.contact
        return {UUID(values[name]) for _, values in lines if values.get(name)}

    def _people_unchanged(self, active: set[UUID]) -> bool:
        """Lock the people whom the rows name, until the commit, and return whether they are as they were."""
        return {person.id for person in validation.locked_people(active).values() if person.is_active} == active

    def _refuse(self) -> None:
        """Store the messages of the refused lines, and fail the import. Commits."""
        for number in sorted({chunk for chunk, _ in self.refused}):
            conditions = ImportChunk.import_id == self.imported.id, ImportChunk.number == number
            chunk = db.session.scalars(select(ImportChunk).where(*conditions)).one()
            chunk.messages = [*chunk.messages, *(dict(text) for where, text in self.refused if where == number)]
        self.lease.end(ImportState.FAILED, refused=len(self.refused), written=0)
        db.session.commit()
        log.warning("import.refused", id=str(self.imported.id), lines=len(self.refused))


def _buffered(chunks: Iterable[bulk.InsertBatch]) -> Iterator[bulk.InsertBatch]:
    """Yield the batches after all of them were made; they wait in a file, one is in memory."""
    with TemporaryFile() as file:
        number = 0
        for chunk in chunks:
            pickle.dump(chunk, file)
            number += 1
        file.seek(0)
        for _ in range(number):
            yield pickle.load(file)  # noqa: S301 - our own, from a file without a name
