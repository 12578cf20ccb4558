"""Creates, changes, deactivates and reactivates people. ``by`` is None for a command."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from coverage_app.clock import timezone_names
from coverage_app.enums import LOCALES, Action, Role
from coverage_app.errors import AlreadyExists, DomainError, FieldError, LastAdmin
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import history, sanitize, tokens
from coverage_app.services.accounts import hashing, sign_ins
from coverage_app.services.accounts.addresses import normal_form
from coverage_app.services.accounts.lookup import locked, spare_last_admin
from coverage_app.services.accounts.passwords import check_password
from coverage_app.services.conflicts import unique_or
from coverage_app.services.values import Values

log = structlog.get_logger()


def create_user(
    password: str,
    changes: Values,
    *,
    by: User | None,
    now: datetime,
    user_id: UUID | None = None,
    must_change_password: bool = False,
) -> User:
    """Create a person who can sign in, with the id that their form carried. Commits.

    ``must_change_password`` is for a password that another person has read.
    Raises FieldError for anything that cannot be accepted, AlreadyExists when the form was sent twice, Overloaded.
    """
    user = User(id=user_id or uuid4(), must_change_password=must_change_password)
    if db.session.get(User, user.id) is not None:
        raise AlreadyExists
    values = _apply(user, changes)
    check_password(password, name=user.name, email=user.email)
    db.session.commit()  # nothing is written yet, and to hash is slow: no transaction stays open meanwhile
    user.password_hash = hashing.hashed(password)
    db.session.add(user)
    with unique_or(_overtaken):
        db.session.flush()
    history.record(history.of_user(user), Action.CREATED, values, by=by, now=now)
    db.session.commit()
    log.info("user.created", user=str(user.id), role=user.role)
    return user


def save(user_id: UUID, changes: Values, *, by: User | None, now: datetime) -> User:
    """Change the named columns of a person. Commits. Raises NotFound, or FieldError as for the last administrator."""
    user = _locked_for(user_id, changes)
    values = _apply(user, changes)
    if values:
        history.record(history.of_user(user), Action.UPDATED, values, by=by, now=now)
    with unique_or(_overtaken):
        db.session.flush()
    db.session.commit()
    if "role" in values:
        log.info("user.role", user=str(user_id), role=user.role, by=str(by.id) if by else None)
    return user


def deactivate(user_id: UUID, *, by: User | None, now: datetime) -> User:
    """Deactivate a person: every sign-in and token ends, no picker offers them; records stay as they are. Commits.

    Raises NotFound, or LastAdmin.
    """
    user = spare_last_admin(user_id)
    _set_active(user, False, by, now)
    sign_ins.end(user_id)
    tokens.end(user_id, by=by, now=now)
    db.session.commit()
    log.info("user.deactivated", user=str(user_id))
    return user


def reactivate(user_id: UUID, *, by: User | None, now: datetime) -> User:
    """Reactivate a person, with the password they had. Commits. Raises NotFound."""
    user = locked(user_id)
    _set_active(user, True, by, now)
    db.session.commit()
    log.info("user.reactivated", user=str(user_id))
    return user


def _set_active(user: User, active: bool, by: User | None, now: datetime) -> None:
    if user.is_active == active:
        return
    user.is_active = active
    action = Action.REACTIVATED if active else Action.DEACTIVATED
    history.record(history.of_user(user), action, {}, by=by, now=now)


def _locked_for(user_id: UUID, changes: Values) -> User:
    if changes.get("role", Role.ADMIN) == Role.ADMIN:
        return locked(user_id)
    try:
        return spare_last_admin(user_id)
    except LastAdmin as error:
        raise FieldError("role", error.sentence) from None


def _apply(user: User, changes: Values) -> dict[str, list[Any]]:
    """Check and set the columns; return those that differ, for the history."""
    if "email" in changes:
        changes = changes | {"email": normal_form(changes["email"] or "")}
    changes = sanitize.clean(User, changes)
    _check(changes)
    values = history.differences(user, changes)
    for name, value in changes.items():
        setattr(user, name, value)
    return values


def _check(changes: Values) -> None:
    if not changes.get("name", "unchanged"):
        raise FieldError("name", _l("Write a name."))
    if changes.get("role", Role.STAFF) not in list(Role):
        raise FieldError("role", _l("Choose a role from the list."))
    if changes.get("locale", LOCALES[0]) not in LOCALES:
        raise FieldError("locale", _l("Choose a language from the list."))
    if changes.get("timezone", "UTC") not in timezone_names():
        raise FieldError("timezone", _l("Choose a time zone from the list, like Europe/Madrid."))


def _overtaken(error: IntegrityError) -> DomainError:
    """Return the error of a concurrent request that was first: with this address, or with this id."""
    if "email" in str(error.orig):
        return FieldError("email", _l("Somebody already has that e-mail address."))
    return AlreadyExists()
