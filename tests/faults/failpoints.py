"""Moments at which a process of the tests dies, and patience that it lacks: put in after the fork, nowhere else."""

import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from typing import Any


def install(points: Sequence[str]) -> None:
    """Put in these points, by name, or ``name=number``."""
    for point in points:
        name, _, number = point.partition("=")
        POINTS[name](*[float(number)] if number else [])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str, act: Callable[[], None]) -> None:
    """Do ``act`` as soon as ``owner.name`` has returned something."""
    usual = getattr(owner, name)

    @wraps(usual)
    def then_act(*args: Any, **kwargs: Any) -> Any:
        answer = usual(*args, **kwargs)
        if answer:
            act()
        return answer

    setattr(owner, name, then_act)


def _die_after(owner: Any, name: str) -> None:
    """Die as soon as ``owner.name`` has returned, whatever it returned."""
    usual = getattr(owner, name)

    @wraps(usual)
    def then_die(*args: Any, **kwargs: Any) -> None:
        usual(*args, **kwargs)
        _die()

    setattr(owner, name, then_die)


def dies_when_it_has_checked_some_lines() -> None:
    """After the commit of the results of the first chunk of an import."""
    from coverage_app.services.imports import validate

    _die_after(validate, "_validate_chunk")


def dies_when_it_has_written_some_lines() -> None:
    """When the rows of the first chunk of an import are inserted, and not committed."""
    from coverage_app.services import bulk

    _die_after(bulk.InsertBatch, "store")


def dies_when_it_has_claimed() -> None:
    """After the commit of the claim, before a line is opened."""
    from coverage_app.services.delivery import claims

    _after(claims, "claim", _die)


def dies_when_a_mail_was_accepted() -> None:
    """After the server's 250 was read, before anything of it is written."""
    from coverage_app.mailer import SmtpConnection

    _after(SmtpConnection, "transmit", _die)


def gives_postgresql_two_seconds() -> None:
    """To answer, before the connection is given up."""
    from coverage_app import postgresql

    postgresql.SILENCE = 2


def clock_ahead(seconds: float) -> None:
    """The machine's clock, which only ``clock.utcnow`` reads, is so many seconds ahead."""
    from coverage_app import clock

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=seconds)

    clock.datetime = Shifted  # type: ignore[misc]


POINTS: dict[str, Callable[..., None]] = {
    point.__name__: point
    for point in (
        dies_when_it_has_checked_some_lines,
        dies_when_it_has_written_some_lines,
        dies_when_it_has_claimed,
        dies_when_a_mail_was_accepted,
        gives_postgresql_two_seconds,
        clock_ahead,
    )
}
