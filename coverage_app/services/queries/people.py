"""The lists that pickers offer."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from coverage_app.extensions import db
from coverage_app.models import Contact, User


def colleagues(also: Iterable[UUID]) -> Sequence[Any]:
    """Id, name and whether active: everybody who can be chosen, and those of ``also`` whatever their state."""
    chosen = select(User.id, User.name, User.is_active).where(or_(User.is_active, User.id.in_(list(also))))
    return db.session.execute(chosen.order_by(User.name, User.id)).all()


def contacts() -> Sequence[Any]:
    """Id, name and telephone of every contact, by name."""
    return db.session.execute(select(Contact.id, Contact.name, Contact.phone).order_by(Contact.name, Contact.id)).all()
