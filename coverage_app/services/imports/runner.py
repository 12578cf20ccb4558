"""Runs imports in a worker: claims the oldest that waits, and validates or writes it."""

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
    """Do the next step of one import, to its end or until ``leaving``; return False when none waits.

    If the process dies, another goes on once the lease has expired: a validation after its last chunk, a write from
    the beginning.
    """
    if not leases.is_any_waiting():
        return False
    claimed = leases.claim(now, lease)
    if claimed is None:
        return False
    try:
        _advance(claimed, leaving)
    except leases.Lost:
        db.session.rollback()
        log.info("import.lost", id=str(claimed.import_id))
    return True


def _advance(claimed: Lease, leaving: Callable[[], bool]) -> None:
    query = select(Import).where(Import.id == claimed.import_id).options(joinedload(Import.owner))
    imported = db.session.scalars(query.execution_options(populate_existing=True)).one()
    by = imported.owner
    db.session.commit()  # on SQLite a reading transaction blocks every writer
    with force_locale(by.locale):
        if claimed.claims > MAX_CLAIMS:
            _give_up(claimed, _("It was tried several times and never ended. Tell whoever looks after this program."))
        elif not by.is_active:
            _give_up(claimed, _("Whoever sent it is no longer active."))
        elif imported.state == ImportState.WRITING:
            write(imported, by, claimed, leaving)
        else:
            validate(imported, by, claimed, leaving)


def _give_up(claimed: Lease, problem: str) -> None:
    claimed.end(ImportState.FAILED, problem=problem)
    db.session.commit()
    log.error("import.failed", id=str(claimed.import_id))
