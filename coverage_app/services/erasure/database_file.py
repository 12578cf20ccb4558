"""Write SQLite's file anew after an erasure, so that no byte of it is left in unused parts of the file."""

import sqlite3
from datetime import datetime

import structlog

from coverage_app.database import rewrite_file
from coverage_app.extensions import db
from coverage_app.models import InstallationNote

log = structlog.get_logger()
WANTED = "rewrite_file"


def want_rewriting(now: datetime) -> None:
    """Note, in the caller's transaction, that the file is to be rewritten."""
    if db.engine.dialect.name == "sqlite":
        db.session.merge(InstallationNote(name=WANTED, value="", noted_at=now))


def rewrite_if_wanted() -> None:
    """Rewrite the file if that was noted; commits. What cannot be done while others use the file is tried again at
    the next call."""
    note = db.session.get(InstallationNote, WANTED)
    db.session.commit()
    if note is None:
        return
    try:
        done = rewrite_file(db.engine)
    except sqlite3.Error as error:  # in use, or the disk is too small for a second file
        done = False
        log.warning("database.not_rewritten", error=type(error).__name__)
    if done:
        db.session.delete(note)
        db.session.commit()
