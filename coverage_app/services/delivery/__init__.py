"""Deliver the reminders that are due; ``engine`` describes how."""

from coverage_app.services.delivery.engine import (
    deliver_and_wait,
    dispatch,
    get_dispatcher,
    set_coming_alarms,
    watch,
)
from coverage_app.services.delivery.retry import RetryRefused, may_retry, retry

__all__ = [
    "RetryRefused",
    "deliver_and_wait",
    "dispatch",
    "get_dispatcher",
    "may_retry",
    "retry",
    "set_coming_alarms",
    "watch",
]
