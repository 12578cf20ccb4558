"""Delivering what is due: claim a batch → still true? → render → send → mark.

``deliver_due`` is the only function that delivers. It may be called at any moment, any number of times,
by any number of processes; a reminder is claimed by one of them.
"""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import select, text

from coverage_app import alarms
from coverage_app.extensions import db
from coverage_app.models import Reminder as Row
from coverage_app.services.delivery.dispatcher import Dispatcher
from coverage_app.services.delivery.retry import RetryRefused, may_retry, retry
from coverage_app.services.delivery.work_queue import DeliveryCounts

__all__ = [
    "DeliveryCounts",
    "Dispatcher",
    "RetryRefused",
    "deliver_due",
    "get_dispatcher",
    "may_retry",
    "retry",
    "set_coming_alarms",
    "sweep",
    "watch",
]

log = structlog.get_logger()
COMING = timedelta(minutes=10)
MOST_ALARMS = 600


def get_dispatcher() -> Dispatcher:
    """The dispatcher of this process, made on first use."""
    extensions = current_app.extensions
    if "dispatcher" not in extensions:
        extensions["dispatcher"] = Dispatcher(current_app._get_current_object(), extensions["settings"])  # type: ignore[attr-defined]
    dispatcher: Dispatcher = extensions["dispatcher"]
    return dispatcher


def deliver_due(at: datetime) -> DeliveryCounts:
    """Deliver what is due at ``at``, or now if that is later, and wait until every one has an outcome."""
    dispatcher = get_dispatcher()
    counts = dispatcher.dispatch(at)
    counts.wait()
    counts.unreachable = counts.unreachable or dispatcher.breaker.last_error is not None
    return counts


def sweep(now: datetime) -> None:
    """The safety net, needing neither Redis nor a scheduler: what is overdue. It waits while every connection is busy."""
    get_dispatcher().dispatch(now)


def watch(now: datetime) -> None:
    """What must go on however busy the connections are: expired claims are taken back, the coming alarms set."""
    get_dispatcher().expire(now)
    set_coming_alarms(now)


def set_coming_alarms(now: datetime) -> None:
    """An alarm for each second of the next ten minutes in which something is due. Setting one twice is harmless."""
    coming = select(Row.next_attempt_at).distinct().order_by(Row.next_attempt_at).limit(MOST_ALARMS)
    ahead = coming.where(
        text("status = 'pending'"), Row.next_attempt_at > now + alarms.AHEAD, Row.next_attempt_at <= now + COMING
    )
    seconds = list(db.session.scalars(ahead))
    db.session.rollback()
    if seconds:
        alarms.current().set_for(seconds, now, limit=MOST_ALARMS)
