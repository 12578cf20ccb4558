"""Finds people and locks their rows for a change."""

from uuid import UUID

from sqlalchemy import and_, or_, select

from coverage_app.enums import Role
from coverage_app.errors import LastAdmin, NotFound
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services.accounts.addresses import account_key


def find(email: str) -> User:
    """Return the person with this address. Raises NotFound."""
    user = db.session.scalar(select(User).where(User.email == account_key(email)))
    if user is None:
        raise NotFound
    return user


def locked(user_id: UUID) -> User:
    """Return the person, their row locked until the transaction ends. Raises NotFound.

    Records that name them may be stored meanwhile: an import does so for minutes.
    """
    query = select(User).where(User.id == user_id).with_for_update(key_share=True)
    user = db.session.scalar(query.execution_options(populate_existing=True))
    if user is None:
        raise NotFound
    return user


def spare_last_admin(user_id: UUID) -> User:
    """Return the person, locked together with every active administrator, so that two cannot leave at once.

    Raises NotFound, or LastAdmin when this person is the only active administrator.
    """
    admin = and_(User.role == Role.ADMIN, User.is_active)
    # In id order, as everywhere that people are locked, so that two of these never wait for each other.
    chosen = select(User).where(or_(User.id == user_id, admin)).order_by(User.id).with_for_update(key_share=True)
    others = {user.id: user for user in db.session.scalars(chosen.execution_options(populate_existing=True))}
    user = others.pop(user_id, None)
    if user is None:
        raise NotFound
    if user.is_admin and user.is_active and not others:
        raise LastAdmin
    return user
