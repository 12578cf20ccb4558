"""Leases: a row is a worker's while it carries the worker's token, and anybody's once nobody has renewed it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from coverage_app.models.base import Leased

LEASE = timedelta(minutes=2)
MAX_CLAIMS = 5  # workers that may have a row without an outcome: the sixth would not survive it, either
EXPIRED = {"claim_token": None, "claimed_at": None}  # its worker is gone; that it had the row still counts
RELEASED = EXPIRED | {"claims": 0}  # its worker gave it back, or is done with it


def has_expired(model: type[Leased], now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Return the condition for a claimed row not having been renewed for ``lease``."""
    return model.claimed_at < now - lease
