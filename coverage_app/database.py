"""How both databases are opened: pools, what SQLite needs to take several writers without losing one, and what
the two spell differently."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Integer, event, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError, TimeoutError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BUSY_MS = 10_000
READS = "reads"  # an execution option of ours
# What SQLite says of its file or of the disk, not of the statement: the first byte of its result codes.
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
# SQLSTATEs of PostgreSQL that are about the server: connections, transactions rolled back by it, resources and disk,
# an operator's hand, system errors; a standby that takes no writes, a lock that could not be had.
POSTGRESQL_AWAY = ("08", "40", "53", "57", "58", "25006", "55P03")
# A server that vanished without a word is noticed in seconds, not in the hours that TCP would wait.
STAY_IN_TOUCH = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def engine_options(url: str) -> dict[str, Any]:
    """Pool and driver options for ``url``. A dead connection is noticed before it is used; what people wrote
    is in no error's text, and so in no log."""
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": BUSY_MS / 1000, "isolation_level": None}}
    # Short transactions: a dozen connections serve sixteen SMTP threads and leave room for other processes.
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 4,
        "pool_recycle": 1800,
        "connect_args": STAY_IN_TOUCH,
    }


def configure(engine: Engine) -> None:
    """On SQLite: WAL, foreign keys, deleted bytes overwritten, and a write lock taken when the transaction begins.

    A transaction that reads first and then writes fails at once when another has written meanwhile,
    whatever the time-out; so only reading requests begin DEFERRED, and what ``begin_reading`` has begun.
    """
    if engine.dialect.name != "sqlite":
        notice_silence(engine)
        return
    # Here, so that the scheduler process, which opens a database without a web, does not load Flask.
    from flask import has_request_context, request

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reading = connection.get_execution_options().get(READS) or (
            has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")
        )
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def begin_reading(session: "Session") -> None:
    """Begin a transaction that only reads, if none is open: also in a request that may write later it then neither
    waits for another's write on SQLite nor holds one up. The caller ends it before anything is written."""
    if not session.in_transaction():
        session.connection(execution_options={READS: True})


def rewrite_file(engine: Engine) -> bool:
    """On SQLite: write the file anew, without what was deleted, and empty the log beside it; no transaction is open.

    Return whether all of it was done: a reader of the old state keeps the log from being emptied. Raises
    sqlite3.Error when somebody else writes for too long, or the disk has no room for a second file.
    """
    if engine.dialect.name != "sqlite":
        return True
    # The driver's own connection: a transaction, which any other begins, would be in the way.
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def notice_silence(engine: Engine) -> None:
    """On PostgreSQL: give up a connection whose answer is awaited for too long, as the server does one whose client
    is silent."""
    if engine.dialect.name == "postgresql":
        from coverage_app.postgresql import begin, connect  # where SQLite is used the driver need not be loaded

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "begin", begin)


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between this process and the database. Raises SQLAlchemyError."""
    if connection.dialect.name != "postgresql":
        return False
    from coverage_app.postgresql import is_pooled

    return is_pooled(connection)


def is_data_fault(error: Exception) -> bool:
    """Whether the values of a row are at fault: the same statement would do for another row."""
    if type(error) is StatementError:  # a value could not be made ready for the driver
        return True
    return isinstance(error, (DataError, IntegrityError, ValueError, TypeError, LookupError))


def is_unavailable(error: Exception) -> bool:
    """Whether the database could do nothing just now; else the statement or its data are at fault."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)  # no connection of the pool became free
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    # Without a state it is psycopg's own word: it could not connect, or the connection is gone.
    return _is_about_the_connection(error.orig) if state is None else state.startswith(POSTGRESQL_AWAY)


def _is_about_the_connection(error: BaseException | None) -> bool:
    return type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")


def set_statement_timeout(connection: Connection, seconds: float) -> None:
    """Let no statement of the present transaction take longer; it then fails with OperationalError.

    For PostgreSQL, where a reader may wait for a migration's lock; on SQLite a reader waits for nobody.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))


class epoch(FunctionElement[int]):  # written among SQL functions, in lower case as they are
    """A stored moment as whole seconds since 1970."""

    type = Integer()
    inherit_cache = True


@compiles(epoch, "postgresql")
def _epoch_on_postgresql(element: epoch, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) AS bigint)"


@compiles(epoch, "sqlite")
def _epoch_on_sqlite(element: epoch, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS integer)"
