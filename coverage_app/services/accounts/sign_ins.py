"""Sign-ins are rows: deleting one ends it, also for a copied cookie."""

from uuid import UUID

import structlog
from sqlalchemy import delete, select

from coverage_app.database import begin_reading
from coverage_app.extensions import db
from coverage_app.models import SignIn, User
from coverage_app.services.accounts import hashing
from coverage_app.services.accounts.addresses import account_key

log = structlog.get_logger()


def sign_in(email: str, password: str) -> User | None:
    """Return the person, with a new sign-in of their own, or None: in the same time for any mistake. Commits.

    Checking takes a while, so it is done between two transactions: whoever resets the password or deactivates the
    person meanwhile has ended this sign-in, too. Raises Overloaded.
    """
    begin_reading(db.session())
    user = db.session.scalar(select(User).where(User.email == account_key(email)))
    checked = user.password_hash if user else hashing.nobodys()
    db.session.commit()
    right = hashing.matches(checked, password)
    if user is not None and right:
        db.session.refresh(user, with_for_update={"read": True})
    if user is None or not right or not user.is_active or user.password_hash != checked:
        db.session.rollback()
        return None
    entry = SignIn(user_id=user.id)
    db.session.add(entry)
    db.session.commit()
    user.sign_in_id = entry.id
    log.info("sign_in", user=str(user.id))
    return user


def signed_in(sign_in_id: UUID) -> User | None:
    """Return whose browser this is, or None when that sign-in was ended or the person is no longer active.

    Leaves no transaction open: the caller may next wait for Redis or hash a password.
    """
    question = select(User).join(SignIn, SignIn.user_id == User.id).where(SignIn.id == sign_in_id, User.is_active)
    begin_reading(db.session())
    user = db.session.scalar(question)
    db.session.commit()
    if user is not None:
        user.sign_in_id = sign_in_id
    return user


def sign_out(sign_in_id: UUID) -> None:
    """End one sign-in for good."""
    db.session.execute(delete(SignIn).where(SignIn.id == sign_in_id))
    db.session.commit()


def sign_out_others(user_id: UUID, keep: UUID | None) -> int:
    """End every sign-in of a person but ``keep``. Returns how many there were."""
    ended = end(user_id, keep)
    db.session.commit()
    log.info("sign_ins.ended", user=str(user_id), number=ended)
    return ended


def end(user_id: UUID, keep: UUID | None = None) -> int:
    """Do the same in the caller's transaction."""
    statement = delete(SignIn).where(SignIn.user_id == user_id)
    if keep is not None:
        statement = statement.where(SignIn.id != keep)
    return len(db.session.scalars(statement.returning(SignIn.id)).all())
