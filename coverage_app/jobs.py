"""What RQ calls by name: one service call each. They never raise: a failed job's hash would stay in Redis."""

import structlog
from flask import current_app
from rq import get_current_job

from coverage_app import alarms
from coverage_app.clock import utcnow
from coverage_app.services import delivery

log = structlog.get_logger()


def deliver_due() -> None:
    """Deliver what is due at the second in this job's id, not a moment before it."""
    try:
        job = get_current_job()
        at = alarms.second_of(job.id) if job else utcnow()
        ahead = (at - utcnow()).total_seconds()
        if 0 < ahead <= alarms.AHEAD.total_seconds():
            current_app.extensions["stopping"].wait(ahead)
        delivery.post_office().deliver_due(at)
    except Exception:  # whatever it is, the sweep does the same within twenty seconds; the trace is here
        log.exception("job.failed")
