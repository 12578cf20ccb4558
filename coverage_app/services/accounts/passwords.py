"""Passwords: what one must be, changing one's own, giving somebody a new one. None is ever logged or kept."""

import secrets
from datetime import datetime
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from werkzeug.security import check_password_hash

from coverage_app.enums import Action
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import history
from coverage_app.services.accounts import sign_ins
from coverage_app.services.accounts.hashing import hashed
from coverage_app.services.accounts.lookup import locked

log = structlog.get_logger()
MIN_PASSWORD, MAX_PASSWORD = 10, 128
# Nothing that is taken for another when read aloud or from a slip of paper.
PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"
COMMON = frozenset(
    ("1234567890", "0123456789", "password12", "password123", "contraseña", "contraseña1", "qwertyuiop", "qwerty1234")
)


def check_password(password: str) -> None:
    """Raises FieldError: at least ten characters, not a common one, no other rule of composition."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        sentence = _l("A password has from %(least)d to %(most)d characters.", least=MIN_PASSWORD, most=MAX_PASSWORD)
        raise FieldError("password", sentence)
    if password.lower() in COMMON or len(set(password)) < 4:
        raise FieldError("password", _l("That password is too easy to guess."))


def make_password() -> str:
    """A first password, to be shown once: 79 bits, four by four, so that it can be told by telephone."""
    return "-".join("".join(secrets.choice(PLAIN) for _ in range(4)) for _ in range(4))


def change_password(present: str, password: str, *, by: User, now: datetime) -> int:
    """One's own: asks the present one, and ends every sign-in but the one that asks.

    Returns how many it ended. Raises FieldError for ``present`` or ``password``.
    """
    user = locked(by.id)
    if not check_password_hash(user.password_hash, present):
        log.info("password.refused", user=str(user.id))
        raise FieldError("present", _l("That is not your present password."))
    check_password(password)
    ended = _set(user, password, keep=by.sign_in_id, by=by, now=now)
    db.session.commit()
    log.info("password.changed", user=str(user.id))
    return ended


def reset_password(user_id: UUID, *, by: User, now: datetime) -> str:
    """Give somebody a new password, end all their sign-ins. Returns it: nobody can read it later. Raises NotFound."""
    user, password = locked(user_id), make_password()
    _set(user, password, keep=None, by=by, now=now)
    db.session.commit()
    log.info("password.reset", user=str(user_id), by=str(by.id))
    return password


def _set(user: User, password: str, *, keep: UUID | None, by: User, now: datetime) -> int:
    user.password_hash = hashed(password)
    history.keep(history.of_user(user), Action.PASSWORD, {}, by=by, now=now)
    return sign_ins.end(user.id, keep)
