"""What is kept of a file that was imported, and for how long."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact, Import, ImportChunk, ImportPart, User
from coverage_app.services import imports, retention
from coverage_app.services.leasing import MAX_CLAIMS
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.files import TakeIn, csv_of, said, standing
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

Stored = Callable[..., list[Any]]
Work = Callable[[], None]
GOOD = csv_of("María Pérez;2027-12-02 10:00;;bea@example.com")


def written(import_id: UUID, work: Work, by: User) -> None:
    imports.accept(import_id, by=by)
    work()


def refused_at_the_writing(import_id: UUID, work: Work, by: User) -> None:
    db.session.execute(update(User).where(User.email == "bea@example.com").values(is_active=False))
    written(import_id, work, by)


def given_up(import_id: UUID, work: Work, by: User) -> None:
    db.session.execute(update(Import).values(claims=MAX_CLAIMS))
    written(import_id, work, by)


def discarded(import_id: UUID, _work: Work, by: User) -> None:
    imports.discard(import_id, by=by)


ENDS = {written: "written", refused_at_the_writing: "failed", given_up: "failed", discarded: "discarded"}


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_an_import_that_is_over_keeps_nothing_of_its_file(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored, end: Any
) -> None:
    import_id = take_in(GOOD)
    work()
    assert stored(select(ImportPart.data)) == [GOOD] and stored(select(ImportChunk.values)) != [[]]
    end(import_id, work, people.responsible)
    assert standing(import_id, people.responsible)[0] == ENDS[end]
    assert (stored(select(ImportPart.data)), stored(select(ImportChunk.values))) == ([], [[]])


def test_unreadable_file_is_not_stored(take_in: TakeIn, work: Work, people: People, stored: Stored) -> None:
    import_id = take_in(csv_of('María Pérez;"2027'))
    work()
    assert (standing(import_id, people.responsible)[0], stored(select(ImportPart.data))) == ("failed", [])


def test_messages_about_lines_stay_for_a_month(take_in: TakeIn, work: Work, people: People, stored: Stored) -> None:
    import_id = take_in(csv_of("Nadie;;;"))
    work()
    imports.discard(import_id, by=people.responsible)
    assert [line for line, _column, _sentence in said(import_id)] == [2]
    for days, left in ((29, 1), (31, 0)):
        retention.delete_expired(utcnow() + timedelta(days=days))
        assert (len(stored(select(Import))), len(stored(select(ImportChunk)))) == (left, left)


def test_file_that_nobody_accepted_is_deleted_after_a_month(
    take_in: TakeIn, work: Work, contact: Contact, stored: Stored
) -> None:
    take_in(GOOD)
    work()
    for days, left in ((29, 1), (31, 0)):
        retention.delete_expired(utcnow() + timedelta(days=days))
        assert [len(stored(select(model))) for model in (Import, ImportPart, ImportChunk)] == [left] * 3
