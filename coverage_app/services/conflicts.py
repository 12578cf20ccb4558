"""Refuse a change that came too late: another took what is unique, deleted what is pointed to, or saved before."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from coverage_app.errors import DomainError, Stale
from coverage_app.extensions import db
from coverage_app.models.base import Versioned


@contextmanager
def unique_or(refusal: type[DomainError] | Callable[[IntegrityError], DomainError]) -> Iterator[None]:
    """Roll back and raise ``refusal`` when the database finds what the rules did not see when they looked."""
    try:
        yield
    except IntegrityError as error:
        db.session.rollback()
        raise refusal() if isinstance(refusal, type) else refusal(error) from None


def check_version(record: Versioned, versions: Container[int] | None) -> None:
    """Raise Stale, the lock on ``record`` given back, unless it is at one of ``versions``; None allows any."""
    if versions is not None and record.version not in versions:
        db.session.rollback()  # what is read next is what is stored
        raise Stale
