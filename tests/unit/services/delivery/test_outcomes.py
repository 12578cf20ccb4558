"""When a reminder is due again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from coverage_app.services.delivery import outcomes
from coverage_app.services.delivery.claims import Claim

SECOND = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
CLAIM = Claim(uuid4(), uuid4())


@pytest.mark.parametrize(("microsecond", "stored"), [(0, 0), (1, 1), (998_000, 1)])
def test_released_until_a_part_of_a_second_is_due_at_the_next(microsecond: int, stored: int) -> None:
    until = SECOND + timedelta(microseconds=microsecond)
    assert outcomes.released(CLAIM, until).values["next_attempt_at"] == SECOND + timedelta(seconds=stored)


def test_retry_later_than_the_event_is_due_at_the_event() -> None:
    due, now = SECOND + timedelta(seconds=1), SECOND + timedelta(microseconds=998_000)
    again = outcomes.retry_later(CLAIM, "450", attempts=0, due=due, now=now, backoff=(60.0,))
    assert again.values["next_attempt_at"] == due
