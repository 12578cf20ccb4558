"""Saved filters of the dashboard, each of one person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from coverage_app.errors import Conflict, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import SavedFilter, User
from coverage_app.services import sanitize
from coverage_app.services.accounts.lookup import locked
from coverage_app.services.conflicts import unique_or

MOST = 30


def of(person_id: UUID) -> Sequence[SavedFilter]:
    """Return a person's filters, by name."""
    query = select(SavedFilter).where(SavedFilter.user_id == person_id).order_by(SavedFilter.name)
    return db.session.scalars(query).all()


def save(name: str, values: dict[str, Any], *, by: User) -> SavedFilter:
    """Save ``values`` under ``name``, replacing a filter of that name. Commits.

    Raises FieldError for a bad name or too many filters.
    """
    name = sanitize.clean(SavedFilter, {"name": name})["name"]
    if not name:
        raise FieldError("name", _l("Write a name for the filter."))
    locked(by.id)  # of two saved at once, the second counts the first
    saved = db.session.scalar(select(SavedFilter).where(SavedFilter.user_id == by.id, SavedFilter.name == name))
    if saved is None:
        number = db.session.scalar(select(func.count()).where(SavedFilter.user_id == by.id)) or 0
        if number >= MOST:
            raise FieldError("name", _l("You keep %(most)d filters already. Delete one first.", most=MOST))
        saved = SavedFilter(user_id=by.id, name=name)
        db.session.add(saved)
    saved.values = values
    with unique_or(Conflict):
        db.session.commit()
    return saved


def delete(filter_id: UUID, *, by: User) -> str:
    """Delete one of one's own filters; return its name. Commits. Raises NotFound for any other."""
    query = select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == by.id)
    saved = db.session.scalar(query)
    if saved is None:
        raise NotFound
    name = saved.name
    db.session.delete(saved)
    db.session.commit()
    return name
