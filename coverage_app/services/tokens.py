"""API tokens: created, listed, revoked, authenticated."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, or_, select, update
from werkzeug.datastructures import Authorization

from coverage_app.database import begin_reading
from coverage_app.enums import Action
from coverage_app.errors import AlreadyExists, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import ApiToken, User
from coverage_app.services import history, sanitize
from coverage_app.services.accounts.lookup import locked

log = structlog.get_logger()
NOTED_EVERY = timedelta(hours=1)
MOST = 20


class Caller(NamedTuple):
    """A person, and the token with which a program acts for them."""

    user: User
    token: ApiToken


def make(
    user: User, name: str, token_id: UUID | None = None, *, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Create a token of ``user`` with the id that its form carried; return it and its secret, which is not stored.

    Without ``expires_at`` it is good until it is revoked. Commits. Raises FieldError, or AlreadyExists when the form
    was sent twice.
    """
    token_id = token_id or uuid4()
    if db.session.get(ApiToken, token_id) is not None:
        raise AlreadyExists
    called = sanitize.clean(ApiToken, {"name": name})["name"]
    if not called:
        raise FieldError("name", _l("Write a name."))
    locked(user.id)  # of two made at once, the second counts the first
    if len(of(user.id)) >= MOST:
        raise FieldError("name", _l("You have %(most)d tokens. Revoke one that is no longer used.", most=MOST))
    secret = secrets.token_urlsafe(32)
    token = ApiToken(id=token_id, user_id=user.id, name=called, token_hash=_hash(secret), expires_at=expires_at)
    db.session.add(token)
    db.session.commit()
    log.info("token.made", user=str(user.id), id=str(token.id))
    return token, secret


def of(user_id: UUID) -> Sequence[ApiToken]:
    """Return the tokens of a person, the newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id)
    return db.session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id)).all()


def good(user_id: UUID, now: datetime) -> Sequence[ApiToken]:
    """Return the tokens of a person that have not expired, the newest first."""
    return [token for token in of(user_id) if not token.has_expired(now)]


def find(token_id: UUID, *, owner_id: UUID | None) -> Caller:
    """Return a token and its owner; any owner's where ``owner_id`` is None. Raises NotFound."""
    query = select(User, ApiToken).join(ApiToken, ApiToken.user_id == User.id)
    match = db.session.execute(query.where(*_which(token_id, owner_id))).first()
    if match is None:
        raise NotFound
    return Caller(*match)


def revoke(token_id: UUID, *, owner_id: UUID | None, by: User, now: datetime) -> None:
    """Revoke a token; any owner's where ``owner_id`` is None. Commits. Raises NotFound."""
    if not _end(*_which(token_id, owner_id), by=by, now=now):
        db.session.rollback()
        raise NotFound
    db.session.commit()


def end(user_id: UUID, *, by: User | None, now: datetime) -> int:
    """Revoke all the tokens of a person, in the caller's transaction. Return how many there were."""
    return _end(ApiToken.user_id == user_id, by=by, now=now)


def _which(token_id: UUID, owner_id: UUID | None) -> list[ColumnElement[bool]]:
    conditions = [] if owner_id is None else [ApiToken.user_id == owner_id]
    return [ApiToken.id == token_id, *conditions]


def _end(*which: ColumnElement[bool], by: User | None, now: datetime) -> int:
    ended = delete(ApiToken).where(*which).returning(ApiToken.id, ApiToken.user_id, ApiToken.name)
    rows = db.session.execute(ended).all()
    for row in rows:
        owner = history.of_user(db.session.get_one(User, row.user_id))
        history.record(owner, Action.TOKEN_REVOKED, {}, by=by, now=now, note=row.name)
        log.info("token.revoked", user=str(row.user_id), by=str(by.id) if by else None, id=str(row.id))
    return len(rows)


def authenticate(credentials: Authorization | None, now: datetime) -> Caller | None:
    """Return the caller of a request's ``Authorization: Bearer``, or None as ``recognise`` does."""
    if credentials is None or credentials.type != "bearer" or not credentials.token:
        return None
    return recognise(credentials.token, now)


def recognise(secret: str, now: datetime) -> Caller | None:
    """Return the caller of this secret, or None when it is unknown or expired, or the person is not active.

    Notes the use, at most hourly and in a transaction of its own, and leaves none open: the caller may next wait
    for Redis.
    """
    begin_reading(db.session())
    query = select(User, ApiToken).join(ApiToken, ApiToken.user_id == User.id)
    good = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
    match = db.session.execute(query.where(ApiToken.token_hash == _hash(secret), good, User.is_active)).first()
    # Also for the write below: on SQLite a transaction that has read before it writes cannot wait for its turn.
    db.session.commit()
    if match is None:
        return None
    caller = Caller(*match)
    if caller.token.last_used_at is None or now - caller.token.last_used_at >= NOTED_EVERY:
        _note_use(caller.token.id, now)
    return caller


def _note_use(token_id: UUID, now: datetime) -> None:
    due = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - NOTED_EVERY)
    db.session.execute(update(ApiToken).where(ApiToken.id == token_id, due).values(last_used_at=now))
    db.session.commit()


def _hash(secret: str) -> str:
    # Nothing slower is needed: 256 random bits cannot be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
