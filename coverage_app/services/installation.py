"""Note how this installation is reached, and find what contradicts its settings: a copy, an unnamed proxy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from coverage_app.extensions import db
from coverage_app.models import InstallationNote

APP_URL = "app_url"
FORWARDED = "forwarded"
SHOWN_FOR = timedelta(days=7)  # a proxy in front sends its header with every request, a single visitor only once


@dataclass(frozen=True)
class Notices:
    """What to show: the ``released_url`` where it is another than APP_URL, and when a forwarded request was last
    seen while no proxy is trusted. None where there is nothing to show."""

    released_url: str | None = None
    forwarded_at: datetime | None = None


def record_address(app_url: str, now: datetime) -> str | None:
    """Note the address with which ``release`` ran; commits. Return the one before if it was another."""
    before = db.session.get(InstallationNote, APP_URL)
    changed = before.value if before is not None and before.value != app_url else None
    _note(APP_URL, app_url, now)
    return changed


def record_forwarded(header: str, now: datetime) -> None:
    """Note that a request came with this header of a proxy; commits."""
    _note(FORWARDED, header, now)


def find_notices(now: datetime) -> Notices:
    """Return what contradicts the settings; nothing where the database cannot tell."""
    settings = current_app.extensions["settings"]
    try:
        address = db.session.get(InstallationNote, APP_URL)
        forwarded = db.session.get(InstallationNote, FORWARDED)
    except SQLAlchemyError:  # whoever shows the notices shows the state of the database, too
        db.session.rollback()
        return Notices()
    seen = forwarded is not None and settings.trusted_proxies == 0 and now - forwarded.noted_at < SHOWN_FOR
    return Notices(
        released_url=address.value if address is not None and address.value != settings.app_url else None,
        forwarded_at=forwarded.noted_at if forwarded is not None and seen else None,
    )


def _note(name: str, value: str, now: datetime) -> None:
    db.session.merge(InstallationNote(name=name, value=value, noted_at=now.replace(microsecond=0)))
    db.session.commit()
