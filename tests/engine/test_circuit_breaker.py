"""Whose fault it is when lines break: told from how other mails fare."""

from datetime import timedelta
from uuid import uuid4

from coverage_app.services.delivery.circuit_breaker import Road

MINUTE = timedelta(minutes=1)


def test_one_mail_is_blamed_only_when_others_pass_and_two_in_a_row_are_the_roads_fault() -> None:
    road, one, other = Road((60, 120)), uuid4(), uuid4()
    assert road.broke_under(one, "421 Going") == MINUTE
    assert (road.is_open, road.trouble) == (True, "421 Going")
    road.passed(uuid4())
    assert road.trouble is None
    assert road.broke_under(one, "421 Going") is None
    assert (road.is_open, road.trouble) == (True, None)
    assert road.broke_under(other, "421 Going") == MINUTE
    assert not road.is_open


def test_one_mail_alone_waits_longer_and_longer_and_holds_up_nobody() -> None:
    road, one = Road((60, 120, 240)), uuid4()
    assert [road.broke_under(one, "silence") for _ in range(4)] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 4 * MINUTE]
    assert (road.is_open, road.trouble) == (True, "silence")


def test_where_lines_break_under_any_mail_none_is_blamed_that_passes_in_the_end() -> None:
    road, one = Road((60, 120, 240)), uuid4()
    for _ in range(3):
        assert road.broke_under(one, "421 Too busy") is not None
        road.passed(uuid4())
        assert road.broke_under(uuid4(), "421 Too busy") is not None
        road.passed(uuid4())
    road.passed(one)
    assert road.broke_under(one, "421 Too busy") == MINUTE


def test_two_mails_that_break_every_line_do_not_excuse_each_other_for_ever() -> None:
    road, one, other = Road((60,)), uuid4(), uuid4()
    verdicts = []
    for _ in range(5):
        for bad in (one, other):
            verdicts.append(road.broke_under(bad, "silence"))
            road.passed(uuid4())
    assert verdicts[:6] == [MINUTE] * 6 and verdicts[-4:] == [None] * 4
