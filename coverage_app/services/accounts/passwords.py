"""Passwords: their rules, changing one's own, resetting another's. None is ever logged or stored in plain text."""

import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from coverage_app.database import begin_reading
from coverage_app.enums import Action
from coverage_app.errors import FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import history, tokens
from coverage_app.services.accounts import hashing, sign_ins
from coverage_app.services.accounts.guessable import is_guessable
from coverage_app.services.accounts.lookup import locked

log = structlog.get_logger()
MIN_PASSWORD, MAX_PASSWORD = 10, 128
# No letters that are easily confused when read aloud or from paper.
PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"
SITE = "Cobertura"  # the name on every page


class Ended(NamedTuple):
    """How many sign-ins and tokens a new password has ended."""

    sign_ins: int
    tokens: int


def check_password(password: str, *, name: str, email: str) -> None:
    """Raise FieldError for a password that is too short, too long or easy to guess; there is no rule of composition."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        sentence = _l("A password has from %(least)d to %(most)d characters.", least=MIN_PASSWORD, most=MAX_PASSWORD)
        raise FieldError("password", sentence)
    if is_guessable(password, (name, email, SITE, current_app.extensions["settings"].app_name)):
        raise FieldError("password", _l("That password is too easy to guess."))


def make_password() -> str:
    """Return a first password, to be shown once: 79 bits, in groups of four that can be read out by telephone."""
    return "-".join("".join(secrets.choice(PLAIN) for _ in range(4)) for _ in range(4))


def change_password(present: str, password: str, *, by: User, now: datetime, revoke_tokens: bool = False) -> Ended:
    """Change one's own password; end every other sign-in, and with ``revoke_tokens`` the tokens.

    Commits. Raises FieldError for ``present`` or ``password``, also when the password was
    reset while the present one was checked, and Overloaded.
    """
    checked = _hash_of(by.id)
    if not hashing.matches(checked, present):
        raise _not_present()
    check_password(password, name=by.name, email=by.email)
    if password == present:
        raise FieldError("password", _l("That is the password you have. Choose another one."))
    password_hash = hashing.hashed(password)
    user = locked(by.id)
    if user.password_hash != checked:
        db.session.rollback()
        raise _not_present()
    ended = _set(user, password_hash, keep=by.sign_in_id, revoke_tokens=revoke_tokens, by=by, now=now)
    user.must_change_password = False
    db.session.commit()
    log.info("password.changed", user=str(user.id))
    return ended


def reset_password(user_id: UUID, *, by: User, now: datetime, revoke_tokens: bool = False) -> str:
    """Set a new password, to be changed at the next request; end all sign-ins, with ``revoke_tokens`` the tokens.

    Commits. Returns the password, which cannot be read later. Raises NotFound, Overloaded.
    """
    _hash_of(user_id)
    password = make_password()
    password_hash = hashing.hashed(password)
    user = locked(user_id)
    _set(user, password_hash, keep=None, revoke_tokens=revoke_tokens, by=by, now=now)
    user.must_change_password = True
    db.session.commit()
    log.info("password.reset", user=str(user_id), by=str(by.id))
    return password


def _hash_of(user_id: UUID) -> str:
    """Return the stored hash and end the transaction: what comes next is slow. Raises NotFound."""
    begin_reading(db.session())
    password_hash = db.session.scalar(select(User.password_hash).where(User.id == user_id))
    db.session.commit()
    if password_hash is None:
        raise NotFound
    return password_hash


def _not_present() -> FieldError:
    return FieldError("present", _l("That is not your present password."))


def _set(user: User, password_hash: str, *, keep: UUID | None, revoke_tokens: bool, by: User, now: datetime) -> Ended:
    user.password_hash = password_hash
    history.record(history.of_user(user), Action.PASSWORD, {}, by=by, now=now)
    revoked = tokens.end(user.id, by=by, now=now) if revoke_tokens else 0
    return Ended(sign_ins.end(user.id, keep), revoked)
