"""When a refused reminder is tried again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from coverage_app.services.delivery import outcomes
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import SPREAD, Outcome

NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)
BACKOFF = (60.0, 120.0, 240.0)


def refused(attempts: int, until_due: timedelta) -> Outcome:
    claim = Claim(uuid4(), uuid4())
    return outcomes.retry_later(claim, "450 Busy", attempts=attempts, due=NOW + until_due, now=NOW, backoff=BACKOFF)


@given(st.integers(0, 9))
def test_retry_later_waits_longer_each_time_within_the_spread(attempts: int) -> None:
    pause = refused(attempts, timedelta(days=1)).values["next_attempt_at"] - NOW
    usual = timedelta(seconds=BACKOFF[min(attempts, 2)])
    assert usual * (1 - SPREAD) <= pause <= usual * (1 + SPREAD)


def test_retry_later_tries_the_last_time_at_the_events_time() -> None:
    outcome = refused(0, timedelta(seconds=5))
    assert outcome.values["next_attempt_at"] == NOW + timedelta(seconds=5)
    assert (outcome.values["status"], outcome.values["counts_as_attempt"]) == ("pending", 1)


def test_retry_later_at_the_events_time_has_failed() -> None:
    assert refused(0, timedelta()).values == {"status": "failed", "last_error": "450 Busy", "counts_as_attempt": 1}


def test_released_counts_no_attempt() -> None:
    assert outcomes.released(Claim(uuid4(), uuid4())).values.get("counts_as_attempt", 0) == 0
