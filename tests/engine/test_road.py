"""Whose fault it is when lines break: told from how other mails fare."""

from uuid import uuid4

from coverage_app.services.delivery.road import Road


def test_one_mail_is_blamed_only_when_others_pass_and_two_in_a_row_are_the_roads_fault() -> None:
    road, one, other = Road((60,)), uuid4(), uuid4()
    assert not road.broke_under(one, "421 Going")
    assert (road.is_open, road.trouble) == (True, "421 Going")
    road.passed()
    assert road.trouble is None
    assert road.broke_under(one, "421 Going")
    assert road.is_open
    assert not road.broke_under(other, "421 Going")
    assert not road.is_open


def test_one_mail_alone_twice_is_the_roads_fault_as_far_as_anybody_can_tell() -> None:
    road, one = Road((60,)), uuid4()
    assert [road.broke_under(one, "silence") for _ in range(2)] == [False, False]
    assert not road.is_open
