"""A person's «send again»: a reminder that ended without a mail goes back to waiting, if it is still worth it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from coverage_app import alarms
from coverage_app.enums import SkipReason, Status
from coverage_app.errors import Conflict, NotFound
from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from coverage_app.models import User
from coverage_app.services.delivery import recheck

log = structlog.get_logger()
WORTH_RETRYING = (SkipReason.NO_EMAIL, SkipReason.USER_INACTIVE)
REFUSALS = {
    SkipReason.CHANGED: _l("Its date, its cover or the record changed since: this reminder is no longer true."),
    SkipReason.SUPERSEDED: _l("A later reminder of the same date has taken its place."),
    SkipReason.USER_INACTIVE: _l("The cover is still inactive."),
    SkipReason.NO_EMAIL: _l("The cover still has no e-mail address."),
    SkipReason.EVENT_PASSED: _l("Its date is more than a day past."),
}


class RetryRefused(Conflict):
    """This reminder is not sent again; ``sentence`` says why."""

    def __init__(self, reason: SkipReason | None):
        super().__init__(str(reason))
        self.sentence = REFUSALS[reason] if reason else _l("Only a reminder that could not be sent is sent again.")


def may_retry(row: Row) -> bool:
    """True for a failed one, and for one skipped because the colleague could not be written to."""
    return row.status == Status.FAILED or (row.status == Status.SKIPPED and row.last_error in WORTH_RETRYING)


def retry(row_id: UUID, *, by: User, now: datetime, also: Callable[[Row], None] | None = None) -> None:
    """Make a reminder due now. Raises NotFound, or RetryRefused when it is not wanted, not the newest due, or sent.

    ``also`` is called with the row before the commit, as in ``records.create``.
    """
    row = db.session.scalar(select(Row).where(Row.id == row_id).with_for_update())
    if row is None:
        raise NotFound
    if not may_retry(row):
        raise RetryRefused(None)
    reason = recheck.current_skip_reason(row_id, now)
    if reason is not None:
        raise RetryRefused(reason)
    row.status, row.next_attempt_at, row.last_error = Status.PENDING, now, None
    row.attempts = row.claims = 0
    if also:
        db.session.flush()
        also(row)
    db.session.commit()
    log.info("reminder.planned", reminder=str(row_id), by=str(by.id), again=True)
    alarms.current().enqueue_now(now)
