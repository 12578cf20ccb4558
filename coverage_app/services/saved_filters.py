"""Filters of the dashboard that people keep under a name, each their own."""

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
    """A person's filters, by name."""
    mine = select(SavedFilter).where(SavedFilter.user_id == person_id).order_by(SavedFilter.name)
    return db.session.scalars(mine).all()


def save(name: str, values: dict[str, Any], *, by: User) -> SavedFilter:
    """Keep ``values`` under ``name``, in place of what had that name. Raises FieldError for a bad name or too many."""
    name = sanitize.clean(SavedFilter, {"name": name})["name"]
    if not name:
        raise FieldError("name", _l("Write a name for the filter."))
    locked(by.id)  # of two kept at once, the second counts the first
    kept = db.session.scalar(select(SavedFilter).where(SavedFilter.user_id == by.id, SavedFilter.name == name))
    if kept is None:
        number = db.session.scalar(select(func.count()).where(SavedFilter.user_id == by.id)) or 0
        if number >= MOST:
            raise FieldError("name", _l("You keep %(most)d filters already. Delete one first.", most=MOST))
        kept = SavedFilter(user_id=by.id, name=name)
        db.session.add(kept)
    kept.values = values
    with unique_or(Conflict):
        db.session.commit()
    return kept


def delete(filter_id: UUID, *, by: User) -> str:
    """Forget one of one's own filters; returns its name. Raises NotFound for any other."""
    mine = select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == by.id)
    kept = db.session.scalar(mine)
    if kept is None:
        raise NotFound
    name = kept.name
    db.session.delete(kept)
    db.session.commit()
    return name
