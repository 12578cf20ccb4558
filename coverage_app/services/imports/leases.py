"""Leases of imports: which worker works on one, fenced by a token, the oldest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Update, or_, select, update

from coverage_app import database_clock
from coverage_app.enums import ImportState
from coverage_app.extensions import db
from coverage_app.models import Import
from coverage_app.models.imports import MOVING
from coverage_app.services.imports.contents import delete_contents
from coverage_app.services.imports.limits import OVER
from coverage_app.services.leasing import RELEASED, has_expired

log = structlog.get_logger()


class Lost(Exception):
    """Another worker has the import by now, or it was discarded: the caller stops."""


@dataclass(frozen=True)
class Lease:
    """One import that is ours for as long as it carries our token and the lease is renewed.

    ``claims`` counts the workers that had it since it last moved on, this one included.
    """

    import_id: UUID
    token: UUID
    claims: int

    def note(self, **values: Any) -> None:
        """Store ``values`` and renew the lease, in the caller's transaction. Raises Lost."""
        if (
            db.session.scalar(self._update(claimed_at=database_clock.now(), claims=0, **values).returning(Import.id))
            is None
        ):
            raise Lost

    def note_apart(self, **values: Any) -> None:
        """Do what ``note`` does on another connection: visible at once, while the caller's transaction stays open."""
        with db.engine.begin() as connection:
            if connection.scalar(self._update(claimed_at=database_clock.now(), **values).returning(Import.id)) is None:
                raise Lost

    def end(self, state: ImportState, **values: Any) -> None:
        """Move the import to ``state``, which needs no worker, in the caller's transaction. Raises Lost.

        The file of one that is over is deleted.
        """
        self.note(state=state, **values)
        self.release()
        if state in OVER:
            delete_contents(self.import_id)

    def release(self) -> None:
        """Let another worker claim it at once, in the caller's transaction."""
        db.session.execute(self._update(**RELEASED))

    def _update(self, **values: Any) -> Update:
        statement = update(Import).where(Import.id == self.import_id, Import.claim_token == self.token)
        return statement.values(updated_at=database_clock.now(), **values).execution_options(synchronize_session=False)


def is_any_waiting() -> bool:
    """Return whether an import waits for a worker, now or once a lease has expired."""
    waiting = db.session.scalar(select(Import.id).where(MOVING).limit(1)) is not None
    db.session.rollback()
    return waiting


def claim(now: datetime, lease: timedelta) -> Lease | None:
    """Claim the oldest import that waits for a worker or whose lease has expired; None when there is none. Commits."""
    free = or_(Import.claimed_at.is_(None), has_expired(Import, now, lease))
    chosen = select(Import).where(MOVING, free).order_by(Import.created_at).limit(1)
    imported = db.session.scalar(chosen.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if imported is None:
        db.session.rollback()
        return None
    taken = Lease(imported.id, uuid4(), imported.claims + 1)
    imported.claim_token, imported.claimed_at, imported.claims = taken.token, now, taken.claims
    if imported.state == ImportState.WAITING:
        imported.state = ImportState.CHECKING
    db.session.commit()
    log.info("import.claimed", id=str(taken.import_id), state=imported.state, claims=taken.claims)
    return taken
