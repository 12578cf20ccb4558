"""People: making them, signing them in and out, taking them out of service."""

import secrets
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from coverage_app.clock import timezone_names
from coverage_app.enums import LOCALES, Role
from coverage_app.errors import FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import SignIn, User
from coverage_app.services import texts
from coverage_app.services.contacts import email_address

log = structlog.get_logger()
MIN_PASSWORD, MAX_PASSWORD = 10, 128
COMMON = frozenset(
    ("1234567890", "0123456789", "password12", "password123", "contraseña", "contraseña1", "qwertyuiop", "qwerty1234")
)
# An unknown address is checked against this, so that it takes as long as a wrong password.
_NOBODY = generate_password_hash(secrets.token_hex(16))


def create_user(email: str, name: str, password: str, *, role: str, locale: str, timezone: str) -> User:
    """Make a person who can sign in. Raises FieldError for anything that cannot be accepted."""
    _check_choices(role, locale, timezone)
    cleaned = texts.clean(User, {"name": name, "email": email_address("email", email)})
    if not cleaned["name"]:
        raise FieldError("name", _l("Write a name."))
    check_password(password)
    user = User(**cleaned, role=role, locale=locale, timezone=timezone, password_hash=generate_password_hash(password))
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise FieldError("email", _l("Somebody already has that e-mail address.")) from None
    log.info("user.created", user=str(user.id), role=role)
    return user


def check_password(password: str) -> None:
    """Raises FieldError: at least ten characters, not a common one, no other rule of composition."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        sentence = _l("A password has from %(least)d to %(most)d characters.", least=MIN_PASSWORD, most=MAX_PASSWORD)
        raise FieldError("password", sentence)
    if password.lower() in COMMON or len(set(password)) < 4:
        raise FieldError("password", _l("That password is too easy to guess."))


def make_password() -> str:
    """A first password, to be shown once."""
    return secrets.token_urlsafe(12)


def sign_in(email: str, password: str) -> User | None:
    """The person, with a new sign-in of their own, or None: the same answer, in the same time, for any mistake."""
    user = db.session.scalar(select(User).where(User.email == email.strip().lower()))
    right = check_password_hash(user.password_hash if user else _NOBODY, password)
    if user is None or not right or not user.is_active:
        log.info("sign_in.refused")
        return None
    entry = SignIn(user_id=user.id)
    db.session.add(entry)
    db.session.commit()
    user.sign_in_id = entry.id
    log.info("sign_in", user=str(user.id))
    return user


def signed_in(sign_in_id: UUID) -> User | None:
    """Whose browser this is, or None when that sign-in was ended or the person is no longer active."""
    question = select(User).join(SignIn, SignIn.user_id == User.id).where(SignIn.id == sign_in_id, User.is_active)
    user = db.session.scalar(question)
    if user is not None:
        user.sign_in_id = sign_in_id
    return user


def sign_out(sign_in_id: UUID) -> None:
    """End one sign-in for good."""
    db.session.execute(delete(SignIn).where(SignIn.id == sign_in_id))
    db.session.commit()


def deactivate(email: str) -> User:
    """Take somebody out of service: every session ends, no picker offers them. Raises NotFound."""
    user = db.session.scalar(select(User).where(User.email == email.strip().lower()).with_for_update())
    if user is None:
        raise NotFound
    user.is_active = False
    db.session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    db.session.commit()
    log.info("user.deactivated", user=str(user.id))
    return user


def _check_choices(role: str, locale: str, timezone: str) -> None:
    if role not in list(Role):
        raise FieldError("role", _l("Choose a role from the list."))
    if locale not in LOCALES:
        raise FieldError("locale", _l("Choose a language from the list."))
    if timezone not in timezone_names():
        raise FieldError("timezone", _l("Choose a time zone from the list, like Europe/Madrid."))
