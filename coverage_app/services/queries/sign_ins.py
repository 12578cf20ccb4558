"""The browsers in which a person is signed in."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from coverage_app.extensions import db
from coverage_app.models import SignIn

SHOWN = 10


def of_person(user_id: UUID) -> tuple[Sequence[SignIn], int]:
    """Return the latest sign-ins of a person, and how many there are in all."""
    query = select(SignIn).where(SignIn.user_id == user_id)
    latest = db.session.scalars(query.order_by(SignIn.created_at.desc(), SignIn.id).limit(SHOWN)).all()
    return latest, db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
