"""A connection to PostgreSQL that notices when nothing comes back, and whose server notices it, too.

A frozen server, or a proxy that lost what is behind it, still acknowledges every packet: to TCP all is well,
and the server's own statement_timeout cannot be heard. Only whoever waits for the answer can tell. And the server,
to which such a proxy says nothing either, would keep for ever what an abandoned transaction has locked: reminders
that every worker then passes over.
"""

from typing import Any

import psycopg
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


def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Connection:
    """Open a connection as SQLAlchemy's dialect would."""
    made = Connection.connect(*arguments, **options)
    made.patience = SILENCE
    made.autocommit = True  # what is set in a transaction goes with it
    made.execute(f"SET idle_in_transaction_session_timeout = {int(SILENCE * LEFT_OPEN * 1000)}")
    made.autocommit = False
    return made
