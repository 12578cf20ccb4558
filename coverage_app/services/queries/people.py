"""People as administrators see them: the list, and how many follow-ups wait for each."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select

from coverage_app.extensions import db
from coverage_app.models import FollowUp, User
from coverage_app.services.queries.list_query import Listing
from coverage_app.services.queries.paging import Order

ACTIVE, INACTIVE = "active", "inactive"

PEOPLE = Listing(
    query=select(User),
    orders={"name": Order(User.name, User.id), "name_last": Order(User.name, User.id, newest_first=True)},
    texts=[User.name, User.email],
    word=case((User.is_active, ACTIVE), else_=INACTIVE),
    words=(ACTIVE, INACTIVE),
)


@dataclass(frozen=True)
class WaitingWork:
    """How many open follow-ups a person covers, and how many are their own."""

    covered: int
    own: int


def waiting_for(user_id: UUID) -> WaitingWork:
    """Count the open follow-ups that are left without a person when this one is deactivated."""
    is_open = FollowUp.done_at.is_(None)
    covered = select(func.count()).select_from(FollowUp).where(is_open, FollowUp.coverage_user_id == user_id)
    own = select(func.count()).select_from(FollowUp).where(is_open, FollowUp.responsible_user_id == user_id)
    return WaitingWork(*db.session.execute(select(covered.scalar_subquery(), own.scalar_subquery())).one())
