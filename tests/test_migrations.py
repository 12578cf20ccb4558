"""The migrations make what the models say, on both databases, and can be taken back."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
from alembic.util import CommandError
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from coverage_app.extensions import db
from coverage_app.settings import ROOT, load
from tests.environment import variables
from tests.fixtures.application import running
from tests.fixtures.databases import BOTH_DATABASES

pytestmark = BOTH_DATABASES

TABLES = {
    "users",
    "sign_ins",
    "contacts",
    "calls",
    "follow_ups",
    "notification_schedules",
    "heartbeats",
    "installation",
    "tasks",
    "pipeline_stages",
    "lead_opportunities",
    "changes",
    "saved_filters",
    "api_tokens",
    "idempotency_keys",
    "imports",
    "import_chunks",
    "import_parts",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    return str(request.getfixturevalue("postgres").fresh())


@pytest.fixture
def empty_app(new_database: str) -> Iterator[None]:
    with running(load(variables(new_database, redis_port=1, smtp_port=1))):
        yield


@pytest.fixture
def schema(empty_app: None, new_database: str) -> Callable[[], dict[str, object]]:
    """Everything that the database says of its tables."""

    def read() -> dict[str, object]:
        engine = create_engine(new_database, poolclass=NullPool)
        found = inspect(engine)
        return {
            table: (
                [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)],
                sorted(_words(index) for index in found.get_indexes(table)),
                sorted(str(key) for key in found.get_foreign_keys(table)),
                sorted(str(check) for check in found.get_check_constraints(table)),
                sorted(str(unique) for unique in found.get_unique_constraints(table)),
            )
            for table in found.get_table_names()
            if table != "alembic_version"
        }

    return read


def _words(index: dict) -> str:
    """An index in words, its condition too."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {options}"


def test_four_processes_that_migrate_at_once_all_succeed(new_database: str) -> None:
    """As when two machines are released together: one migrates, the others wait and find it done."""
    environ = os.environ | variables(new_database, redis_port=1, smtp_port=1)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    running = [subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * 4, "\n".join(said for said, code in ended if code)
    assert sum("Running upgrade  -> 0001" in said for said, _ in ended) == 1


def test_the_migrations_make_exactly_what_the_models_say(empty_app, schema):
    flask_migrate.upgrade()
    flask_migrate.check()
    assert set(schema()) == set(db.metadata.tables) == TABLES


def test_check_speaks_up_when_a_model_has_moved_on(empty_app):
    flask_migrate.upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_notification_schedules_due"))
    with pytest.raises((SystemExit, CommandError)):
        flask_migrate.check()


def test_up_and_down_and_up_again_leaves_the_same_tables(empty_app, schema):
    flask_migrate.upgrade()
    first = schema()
    flask_migrate.downgrade(revision="base")
    assert schema() == {}
    flask_migrate.upgrade()
    assert schema() == first


def test_migration_splits_import_files_and_joins_them_again(empty_app):
    flask_migrate.upgrade(revision="0008")
    file = bytes(range(256)) * 10_000  # 2.4 MiB
    made = {"id": "0" * 32, "at": "2026-12-03 10:00:00", "file": file, "none": b""}
    connected = db.engine.begin
    with connected() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, name, email, password_hash, role, locale, timezone, is_active, created_at,"
                " updated_at) VALUES (:id, 'Ana', 'ana@example.com', '', 'staff', 'es', 'UTC', true, :at, :at)"
            ),
            made,
        )
        for import_id, column in (("1" * 32, "file"), ("2" * 32, "none")):
            connection.execute(
                text(
                    "INSERT INTO imports (id, user_id, kind, file, timezone, state, checked, refused, written, claims,"
                    f" created_at, updated_at) VALUES (:import_id, :id, 'call', :{column}, 'UTC', 'checked', 0, 0, 0,"
                    " 0, :at, :at)"
                ),
                made | {"import_id": import_id},
            )
    flask_migrate.upgrade()
    with connected() as connection:
        parts = connection.execute(text("SELECT number, data FROM import_parts ORDER BY import_id, number")).all()
    assert [number for number, _ in parts] == [0, 1, 2]
    assert b"".join(data for _, data in parts) == file
    flask_migrate.downgrade(revision="0008")
    with connected() as connection:
        files = connection.scalars(text("SELECT file FROM imports ORDER BY id")).all()
    assert [bytes(one) for one in files] == [file, b""]


def test_sent_and_status_cannot_contradict_each_other(app, people):
    row = (
        "INSERT INTO notification_schedules (id, entity_type, entity_id, event_kind, coverage_user_id,"
        " event_due_date, notification_type, scheduled_send_at, next_attempt_at, status, sent, claims, attempts,"
        " created_at, updated_at)"
        " SELECT id, 'call', id, 'next_call', id, created_at, '1h_before', created_at, created_at, 'pending', true,"
        " 0, 0, created_at, created_at FROM users WHERE email = 'bea@example.com'"
    )
    with pytest.raises(IntegrityError, match="sent_is_status"), db.engine.begin() as connection:
        connection.execute(text(row))
