"""What a worker does for imports: takes the oldest that waits, and checks or writes it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coverage_app.enums import ImportState
from coverage_app.extensions import db
from coverage_app.models import Import
from coverage_app.services.imports import leases
from coverage_app.services.imports.leases import Lease
from coverage_app.services.imports.validate import validate
from coverage_app.services.imports.write import write
from coverage_app.services.leasing import LEASE, MAX_CLAIMS

log = structlog.get_logger()


def work(now: datetime, leaving: Callable[[], bool], lease: timedelta = LEASE) -> bool:
    """Do what one import needs next, until it is done or ``leaving``; False when none waits for a worker.

    What ends the process in the middle is taken up by another once the lease has run out: a check goes on after
    its last chunk, a writing begins anew.
    """
    if not leases.is_any_waiting():
        return False
    mine = leases.claim(now, lease)
    if mine is None:
        return False
    try:
        _advance(mine, leaving)
    except leases.Lost:
        db.session.rollback()
        log.info("import.lost", id=str(mine.import_id))
    return True


def _advance(mine: Lease, leaving: Callable[[], bool]) -> None:
    question = select(Import).where(Import.id == mine.import_id).options(joinedload(Import.owner))
    imported = db.session.scalars(question.execution_options(populate_existing=True)).one()
    by = imported.owner
    db.session.commit()  # on SQLite a reading transaction keeps everybody else from writing
    with force_locale(by.locale):
        if mine.claims > MAX_CLAIMS:
            _give_up(mine, _("It was tried several times and never ended. Tell whoever looks after this program."))
        elif not by.is_active:
            _give_up(mine, _("Whoever sent it is no longer active."))
        elif imported.state == ImportState.WRITING:
            write(imported, by, mine, leaving)
        else:
            validate(imported, by, mine, leaving)


def _give_up(mine: Lease, problem: str) -> None:
    mine.end(ImportState.FAILED, problem=problem)
    db.session.commit()
    log.error("import.failed", id=str(mine.import_id))
