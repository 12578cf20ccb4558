"""The files of an installation are for their owner alone, from the first start on and again at each."""

import sqlite3
from pathlib import Path

import pytest

from coverage_app import private_files
from coverage_app.settings import Settings, load
from tests.environment import variables


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    return load({}, tmp_path)


def test_files_that_others_may_read_are_mended_at_start(embedded):
    instance = embedded.instance
    (instance / "mail").mkdir()
    names = ["coverage.db", "coverage.db-wal", "coverage.db-shm", "secret-key", "demo-logins.txt", "embedded.json"]
    for name in names:
        (instance / name).touch()
        (instance / name).chmod(0o644)
    for folder in (instance, instance / "mail"):
        folder.chmod(0o755)
    assert len(private_files.find_exposed(embedded)) == len(names) + 2
    private_files.protect(embedded)
    assert private_files.find_exposed(embedded) == []
    assert [mode(instance / name) for name in names] == [0o600] * len(names)
    assert (mode(instance), mode(instance / "mail")) == (0o700, 0o700)


def test_new_database_of_sqlite_is_never_open_to_others(tmp_path):
    database = tmp_path / "elsewhere" / "a b.db"
    database.parent.mkdir()
    settings = load(variables(f"sqlite:///{database}", redis_port=1, smtp_port=1), tmp_path)
    private_files.protect(settings)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (x)")
    assert [mode(path) for path in database.parent.iterdir()] == [0o600] * 3
    assert private_files.find_exposed(settings) == []
    connection.close()


def test_link_is_left_alone_and_so_is_what_it_leads_to(embedded, tmp_path):
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    (embedded.instance / "link").symlink_to(outside)
    private_files.protect(embedded)
    assert mode(outside) == 0o644


def test_database_on_a_server_has_no_file(tmp_path):
    settings = load(variables("postgres://u@h/d", redis_port=1, smtp_port=1), tmp_path)
    private_files.protect(settings)
    assert private_files.find_exposed(settings) == []
