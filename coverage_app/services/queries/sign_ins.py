"""The browsers in which somebody is signed in."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from coverage_app.extensions import db
from coverage_app.models import SignIn

SHOWN = 10


def of_person(user_id: UUID) -> tuple[Sequence[SignIn], int]:
    """The latest sign-ins of a person, and how many there are in all."""
    mine = select(SignIn).where(SignIn.user_id == user_id)
    latest = db.session.scalars(mine.order_by(SignIn.created_at.desc(), SignIn.id).limit(SHOWN)).all()
    return latest, db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
