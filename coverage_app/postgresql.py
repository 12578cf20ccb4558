"""A connection to PostgreSQL that notices when nothing comes back, and whose server notices it, too.

A frozen server, or a proxy that lost what is behind it, still acknowledges every packet: to TCP all is well,
and the server's own statement_timeout cannot be heard. Only whoever waits for the answer can tell. And the server,
to which such a proxy says nothing either, would keep for ever what an abandoned transaction has locked: reminders
that every worker then passes over.

Nothing here belongs to the server's session: a pooler in transaction mode (PgBouncer) may run each transaction in
another one. So what a transaction needs is set in it, and no statement is prepared where a pooler stands between;
elsewhere a statement that comes again is, for PostgreSQL plans it once: half of its work for each mail.
"""

from typing import Any

import psycopg
import sqlalchemy
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

SILENCE = 30.0  # seconds; our statements take milliseconds, and one that waits for a lock may be tried again
LEFT_OPEN = 2  # times as long may a transaction stand idle, as between the pages that a slow reader takes of an export


class Connection(psycopg.Connection[Any]):
    """psycopg's, with ``patience``: seconds to wait for one answer, None to wait for ever (a migration's)."""

    patience: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Raises OperationalError after ``patience`` seconds; the connection is closed then, its state unknown."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise  # the server's own words
            self.pgconn.finish()
            raise psycopg.OperationalError(f"PostgreSQL has not answered for {self.patience:g} s") from None

    def rollback(self) -> None:
        """Roll back. Where the connection is lost, or is lost now, the server has done so, or will."""
        try:
            super().rollback()
        except psycopg.OperationalError:
            if not self.closed:
                raise


def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> Connection:
    """Open a connection as SQLAlchemy's dialect would; ``begin`` begins its transactions."""
    made = Connection.connect(*arguments, **options)
    made.patience = SILENCE
    made.autocommit = True
    try:
        if _answers_for_another(made):
            made.prepare_threshold = None
    except BaseException:  # whatever it is, the socket must not stay behind
        made.close()
        raise
    return made


def begin(connection: sqlalchemy.Connection) -> None:
    """Begin a transaction that the server ends when its client leaves it open; one message says both."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    patience = int(SILENCE * LEFT_OPEN * 1000)
    connection.exec_driver_sql(f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = {patience}")


def is_pooled(connection: sqlalchemy.Connection) -> bool:
    """Return whether a pooler stands between: the answering process is not the one that the server's greeting named."""
    return _answers_for_another(connection.connection.driver_connection)  # type: ignore[arg-type]


def _answers_for_another(connection: psycopg.Connection[Any]) -> bool:
    [answering] = connection.execute("SELECT pg_backend_pid()").fetchone() or [None]
    return bool(answering != connection.info.backend_pid)
