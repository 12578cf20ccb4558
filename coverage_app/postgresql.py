"""A connection to PostgreSQL that notices when nothing comes back.

A frozen server, or a proxy that lost what is behind it, still acknowledges every packet: to TCP all is well,
and the server's own statement_timeout cannot be heard. Only whoever waits for the answer can tell.
"""

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

SILENCE = 30.0  # seconds; our statements take milliseconds, and one that waits for a lock may be tried again


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
    return made
