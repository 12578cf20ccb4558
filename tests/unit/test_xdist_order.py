"""The tests that go first are shared out, and none is lost."""

from tests.xdist_order import dealt


def test_each_process_begins_with_its_share_of_those_that_go_first():
    assert dealt([["A", "B"], ["C"], ["D"]], list("abcdef"), 2) == [*"ABDab", *"Ccdef"]
    assert dealt([[]], list("abc"), 2) == list("abc")


def test_none_is_lost_where_there_are_fewer_tests_than_processes():
    assert dealt([["A"], ["B"]], ["a"], 4) == ["A", "B", "a"]
