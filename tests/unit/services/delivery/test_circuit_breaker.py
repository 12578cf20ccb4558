"""Whose fault it is when lines break: seen from how other mails fare."""

from datetime import timedelta
from uuid import uuid4

from coverage_app.services.delivery.circuit_breaker import CircuitBreaker

MINUTE = timedelta(minutes=1)


def test_breaker_blames_one_mail_only_when_others_pass() -> None:
    breaker, one, other = CircuitBreaker((60, 120)), uuid4(), uuid4()
    assert breaker.connection_lost(one, "421 Going") == MINUTE
    assert (breaker.is_closed, breaker.last_error) == (True, "421 Going")
    breaker.record_success(uuid4())
    assert breaker.last_error is None
    assert breaker.connection_lost(one, "421 Going") is None
    assert (breaker.is_closed, breaker.last_error) == (True, None)
    assert breaker.connection_lost(other, "421 Going") == MINUTE
    assert not breaker.is_closed


def test_breaker_delays_a_single_bad_mail_longer_each_time() -> None:
    breaker, one = CircuitBreaker((60, 120, 240)), uuid4()
    assert [breaker.connection_lost(one, "silence") for _ in range(4)] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 4 * MINUTE]
    assert (breaker.is_closed, breaker.last_error) == (True, "silence")


def test_breaker_forgives_a_mail_that_passes_in_the_end() -> None:
    breaker, one = CircuitBreaker((60, 120, 240)), uuid4()
    for _ in range(3):
        assert breaker.connection_lost(one, "421 Too busy") is not None
        breaker.record_success(uuid4())
        assert breaker.connection_lost(uuid4(), "421 Too busy") is not None
        breaker.record_success(uuid4())
    breaker.record_success(one)
    assert breaker.connection_lost(one, "421 Too busy") == MINUTE


def test_breaker_blames_two_bad_mails_that_alternate() -> None:
    breaker, one, other = CircuitBreaker((60,)), uuid4(), uuid4()
    outcomes = []
    for _ in range(5):
        for bad in (one, other):
            outcomes.append(breaker.connection_lost(bad, "silence"))
            breaker.record_success(uuid4())
    assert outcomes[:6] == [MINUTE] * 6 and outcomes[-4:] == [None] * 4
