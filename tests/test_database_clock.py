"""The database's clock as a process tells it between the moments at which it asks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from coverage_app import database_clock
from coverage_app.clock import utcnow
from coverage_app.database_clock import DatabaseClock
from tests.servers import free_port
from tests.servers.postgres import Databases

FIRST = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


class Answers:
    """A database on a slow line: each answer takes so many seconds, and says what its clock showed on the way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.elapsed, self.ahead, self.there, self.back = 0.0, timedelta(), 0.0, 0.0
        monkeypatch.setattr(database_clock.time, "monotonic", lambda: self.elapsed)

    @property
    def true(self) -> datetime:
        return FIRST + self.ahead + timedelta(seconds=self.elapsed)

    def __call__(self, _question: str) -> Any:
        self.elapsed += self.there
        said = self.true
        self.elapsed += self.back
        return type("Row", (), {"fetchone": lambda _self: (said,)})()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def engine(postgres: Databases) -> Iterator[Engine]:
    made = create_engine(postgres.admin_url.replace("postgresql://", "postgresql+psycopg://"))
    yield made
    made.dispose()


def test_database_clock_with_slow_answers_never_runs_ahead(answers: Answers) -> None:
    clock = DatabaseClock(create_engine("postgresql+psycopg://"))
    answers.there, answers.back = 0.1, 3.0
    clock._take(answers)
    assert timedelta() <= answers.true - clock.now() <= timedelta(seconds=3.1)
    answers.there, answers.back = 0.001, 0.001
    clock._take(answers)
    assert timedelta() <= answers.true - clock.now() <= timedelta(seconds=0.002)
    answers.there, answers.back = 0.1, 3.0
    clock._take(answers)
    assert answers.true - clock.now() <= timedelta(seconds=0.002)


def test_clock_that_is_set_is_followed_at_the_next_answer(answers: Answers) -> None:
    clock = DatabaseClock(create_engine("postgresql+psycopg://"))
    answers.back = 0.001
    clock._take(answers)
    for step in (timedelta(seconds=90), timedelta(seconds=-3)):
        answers.ahead += step
        answers.back = 0.2  # slower than the answer that is no longer true
        clock._take(answers)
        assert abs(answers.true - clock.now()) <= timedelta(seconds=0.2)


def test_clock_asks_at_the_first_connection_and_knows_its_own_offset(engine: Engine) -> None:
    clock = DatabaseClock(engine)
    assert clock.offset is None
    assert abs(clock.now() - utcnow()) < timedelta(seconds=1)
    assert clock.offset is not None and abs(clock.offset) < 1 and clock.may_deliver()


def test_clock_without_a_database_is_local_or_an_error() -> None:
    clock = DatabaseClock(create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"))
    with pytest.raises(OperationalError):
        clock.may_deliver()
    assert abs(clock.now_or_local() - utcnow()) < timedelta(seconds=1)
