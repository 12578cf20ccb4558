"""Which worker has an import in hand: leased, fenced by a token, the oldest first."""

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
    """The import is another worker's by now, or somebody discarded it: whoever finds that out stops."""


@dataclass(frozen=True)
class Lease:
    """One import that is ours for as long as it carries our token and the lease is renewed.

    ``claims`` counts the workers that had it since it last moved on, this one included.
    """

    import_id: UUID
    token: UUID
    claims: int

    def note(self, **values: Any) -> None:
        """Write ``values`` and renew the lease, in the caller's transaction. Raises Lost."""
        if (
            db.session.scalar(self._mine(claimed_at=database_clock.now(), claims=0, **values).returning(Import.id))
            is None
        ):
            raise Lost

    def note_apart(self, **values: Any) -> None:
        """As ``note``, on a connection of its own: seen at once, while the caller's transaction stays open."""
        with db.engine.begin() as connection:
            if connection.scalar(self._mine(claimed_at=database_clock.now(), **values).returning(Import.id)) is None:
                raise Lost

    def end(self, state: ImportState, **values: Any) -> None:
        """Leave the import in ``state``, whose next step is a person's or nobody's. In the caller's transaction.

        One that is over keeps nothing of its file.
        """
        self.note(state=state, **values)
        self.release()
        if state in OVER:
            delete_contents(self.import_id)

    def release(self) -> None:
        """Let another worker have it at once. In the caller's transaction."""
        db.session.execute(self._mine(**RELEASED))

    def _mine(self, **values: Any) -> Update:
        mine = update(Import).where(Import.id == self.import_id, Import.claim_token == self.token)
        return mine.values(updated_at=database_clock.now(), **values).execution_options(synchronize_session=False)


def is_any_waiting() -> bool:
    """Is there anything for a worker to do, now or when a lease has run out?"""
    found = db.session.scalar(select(Import.id).where(MOVING).limit(1)) is not None
    db.session.rollback()
    return found


def claim(now: datetime, lease: timedelta) -> Lease | None:
    """The oldest import that waits for a worker, or whose worker has gone. Commits."""
    free = or_(Import.claimed_at.is_(None), has_expired(Import, now, lease))
    chosen = select(Import).where(MOVING, free).order_by(Import.created_at).limit(1)
    found = db.session.scalar(chosen.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if found is None:
        db.session.rollback()
        return None
    mine = Lease(found.id, uuid4(), found.claims + 1)
    found.claim_token, found.claimed_at, found.claims = mine.token, now, mine.claims
    if found.state == ImportState.WAITING:
        found.state = ImportState.CHECKING
    db.session.commit()
    log.info("import.claimed", id=str(mine.import_id), state=found.state, claims=mine.claims)
    return mine
