"""What was deleted from a SQLite database is in no byte of its files."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.engine import make_url

from coverage_app.database import rewrite_file
from coverage_app.extensions import db
from coverage_app.models import Contact
from tests.fixtures.databases import ON_SQLITE
from tests.services.erasure.dump import files_of

pytestmark = ON_SQLITE
NAME = "Someone whose name is nowhere else"


@pytest.fixture
def path(app: Flask, database_url: str) -> Path:
    """The database's file, from which many contacts of one name were deleted."""
    db.session.add_all([Contact(name=f"{NAME} {number}") for number in range(500)])
    db.session.commit()
    db.session.execute(delete(Contact))
    db.session.commit()
    return Path(make_url(database_url).database or "")


def test_deleted_rows_are_overwritten_in_the_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert NAME.encode() not in files_of(path)


def test_rewritten_file_holds_nothing_that_was_deleted(path: Path) -> None:
    assert NAME.encode() in files_of(path)
    assert rewrite_file(db.engine)
    assert NAME.encode() not in files_of(path)


def test_file_with_a_reader_of_the_old_state_is_not_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage_app.database.BUSY_MS", 10)
    db.engine.dispose()
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM contacts").fetchall()
        assert not rewrite_file(db.engine)
    assert rewrite_file(db.engine)
    assert NAME.encode() not in files_of(path)
    db.engine.dispose()
