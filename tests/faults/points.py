"""Moments at which a process of the tests dies, and patience that it lacks: put in after the fork, nowhere else."""

import os
import signal
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any


def install(points: Sequence[str]) -> None:
    """Put in these points, by name."""
    for point in points:
        POINTS[point]()


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


def dies_when_it_has_claimed() -> None:
    """After the commit of the claim, before a line is opened."""
    from coverage_app.services.delivery import claims

    _after(claims, "claim", _die)


def dies_when_a_mail_was_accepted() -> None:
    """After the server's 250 was read, before anything of it is written."""
    from coverage_app.mailer import Line

    _after(Line, "post", _die)


def gives_postgresql_two_seconds() -> None:
    """To answer, before the connection is given up."""
    from coverage_app import postgresql

    postgresql.SILENCE = 2


POINTS = {
    point.__name__: point
    for point in (dies_when_it_has_claimed, dies_when_a_mail_was_accepted, gives_postgresql_two_seconds)
}
