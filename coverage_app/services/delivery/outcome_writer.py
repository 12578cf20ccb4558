"""Write outcomes and re-check claims in one transaction, and sort out what could not be written."""

import contextlib
import time
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from coverage_app.database import is_data_fault, is_unavailable
from coverage_app.database_clock import DatabaseClock
from coverage_app.services.delivery import outcomes, recheck
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Snapshot

log = structlog.get_logger()


@dataclass(eq=False)
class RecordRequest:
    """What a sender wants written, and which claim re-checked, in one commit. Either may be None."""

    outcome: Outcome | None
    recheck: Claim | None
    snapshot: Snapshot | None = None
    committed: bool = False
    done: Lock = field(default_factory=Lock)  # taken until it is; an Event would cost ten times as much

    def __post_init__(self) -> None:
        self.done.acquire()


class OutcomeWriter:
    """Used by one thread. Keeps its connection from one call to the next, until ``release_connection``."""

    def __init__(self, engine: Engine, clock: DatabaseClock, snapshot_lifetime: float):
        """``snapshot_lifetime``: seconds after which what was read must be read again before it is sent."""
        self.engine, self.clock, self.snapshot_lifetime = engine, clock, snapshot_lifetime
        self._connection: Connection | None = None

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    def commit(self, batch: list[RecordRequest]) -> list[RecordRequest]:
        """Write and read in one transaction. Returns those of the batch that must be tried again."""
        reused = self._connection is not None
        try:
            if batch:
                self._transact(batch)
        except Exception as error:  # a row can hold what no reader expects; whatever it is, its neighbours go on
            self._log_failure(batch, error)
            if is_data_fault(error):
                return self._commit_one_by_one(batch, error)
            self.release_connection(broken=True)
            if reused:  # it may have been this connection only
                return self.commit(batch)
            return batch if is_unavailable(error) else self._commit_one_by_one(batch, error)
        return []

    def _transact(self, batch: list[RecordRequest]) -> None:
        self._connection = self._connection or self.engine.connect()
        with self._connection.begin():
            written = self._write(self._connection, batch)
        for request in batch:
            request.committed = True
        outcomes.log_outcomes(written, _outcomes_of(batch))

    def _commit_one_by_one(self, batch: list[RecordRequest], error: Exception) -> list[RecordRequest]:
        """Try each alone, so that one holds up no other; a single one without its re-check, which must not hold up
        the mark before it, and without words that the database refuses. Returns as ``commit`` does."""
        [request, *others] = batch
        if others:
            return [left for one in batch for left in self.commit([one])]
        if request.outcome is None:
            return []
        if request.recheck:
            request.recheck = None
            return self.commit(batch)
        if not is_data_fault(error):
            self._renew(request.outcome.claim)
            return batch
        without = request.outcome.without_texts()
        if without == request.outcome:
            return []
        request.outcome = without
        return self.commit(batch)

    def _renew(self, claim: Claim) -> None:
        """Keep the claim of what could not be marked, or another worker would send it again."""
        try:
            with self.engine.begin() as connection:
                recheck.renew(connection, [claim], self.clock.now())
        except SQLAlchemyError as error:
            log.warning("claim.not_renewed", reminder=str(claim), error=str(error.__cause__ or error))

    def release_connection(self, *, broken: bool = False) -> None:
        """Give the connection back to the pool, which looks whether it still lives; a broken one is not used again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                if broken:
                    connection.invalidate()
                connection.close()

    def _log_failure(self, batch: list[RecordRequest], error: Exception) -> None:
        unwritten = [str(outcome.claim) for outcome in _outcomes_of(batch)]
        unread = [str(request.recheck) for request in batch if request.recheck]
        log.error("outcomes.commit_failed", reminders=unwritten, unread=unread, error=str(error.__cause__ or error))

    def _write(self, connection: Connection, batch: list[RecordRequest]) -> set[UUID]:
        now = self.clock.now()
        written = outcomes.write(connection, _outcomes_of(batch), now)
        claims = [request.recheck for request in batch if request.recheck]
        snapshots = recheck.read(connection, claims, now, time.monotonic() + self.snapshot_lifetime) if claims else {}
        for request in batch:
            request.snapshot = snapshots.get(request.recheck.row_id) if request.recheck else None
        return written


def _outcomes_of(batch: list[RecordRequest]) -> list[Outcome]:
    return [request.outcome for request in batch if request.outcome]
