"""What RQ calls by name: one service call each. They never raise: a failed job's hash would stay in Redis."""

from datetime import datetime

import structlog
from flask import current_app

from coverage_app import alarms
from coverage_app.services import delivery

log = structlog.get_logger()


def deliver_due(at: datetime | None = None) -> None:
    """Deliver what is due at ``at`` (UTC; default: now), not a moment before it.

    A second further ahead than ``alarms.AHEAD`` is none of ours: who can write to Redis could have tomorrow's
    reminders sent today. What is due now is looked for then.
    """
    try:
        dispatcher = delivery.get_dispatcher()
        now = dispatcher.clock.now()
        ahead = at - now if at else alarms.AHEAD * 0
        if ahead > alarms.AHEAD:
            log.warning("alarm.too_far_ahead", seconds=ahead.total_seconds())
            at = now
        elif ahead.total_seconds() > 0:
            current_app.extensions["stopping"].wait(ahead.total_seconds())
        dispatcher.dispatch(at or now)
    except Exception:  # whatever it is, the sweep does the same within twenty seconds; the trace is here
        log.exception("job.failed")
