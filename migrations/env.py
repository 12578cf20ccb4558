"""How migrations run: in one transaction, on SQLite as on PostgreSQL, through the application's own engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

MIGRATION_LOCK = 7_203_412  # any number, the same in every process

migrate = current_app.extensions["migrate"]
db = migrate.db


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    """A migration speaks of the column as the database has it, and imports nothing that may move one day."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def leave_out_if_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Do not write a migration that changes nothing."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: with the keys enforced, dropping the old one would be refused.

    Outside a transaction, or the pragma has no effect; what the migration leaves broken is an error.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration leaves foreign keys broken: {broken[:5]}")
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def one_at_a_time(connection: Connection) -> None:
    """Wait, in the migration's transaction and before the version is read, until no other process migrates.

    On SQLite the transaction itself is exclusive. A lock of the transaction, not of the session: behind a pooler the
    session may be another's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(
        url=db.engine.url.render_as_string(hide_password=False),
        target_metadata=db.metadata,
        literal_binds=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    options = {"render_item": render_item, "process_revision_directives": leave_out_if_empty} | migrate.configure_args
    with db.engine.connect() as connection, without_foreign_keys(connection):
        if connection.dialect.name == "postgresql":
            connection.connection.driver_connection.patience = None  # a large table takes its time
        # Our SQLite begins its transactions itself (coverage_app/database.py), so its DDL is transactional too.
        context.configure(connection=connection, target_metadata=db.metadata, transactional_ddl=True, **options)
        with context.begin_transaction():
            one_at_a_time(connection)
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
