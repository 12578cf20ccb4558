"""Whose fault it is when lines break: told from how other mails fare."""

from datetime import timedelta
from uuid import uuid4

from coverage_app.services.delivery.road import Road

MINUTE = timedelta(minutes=1)


def test_one_mail_is_blamed_only_when_others_pass_and_two_in_a_row_are_the_roads_fault() -> None:
    road, one, other = Road((60, 120)), uuid4(), uuid4()
    assert road.broke_under(one, "421 Going") == MINUTE
    assert (road.is_open, road.trouble) == (True, "421 Going")
    road.passed()
    assert road.trouble is None
    assert road.broke_under(one, "421 Going") is None
    assert (road.is_open, road.trouble) == (True, None)
    assert road.broke_under(other, "421 Going") == MINUTE
    assert not road.is_open


def test_one_mail_alone_waits_longer_and_longer_and_holds_up_nobody() -> None:
    road, one = Road((60, 120, 240)), uuid4()
    assert [road.broke_under(one, "silence") for _ in range(4)] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 4 * MINUTE]
    assert (road.is_open, road.trouble) == (True, "silence")
