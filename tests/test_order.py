"""The long tests are shared out, and none is lost."""

from tests.order import dealt


def test_each_process_begins_with_its_share_of_the_long_ones():
    assert dealt(["A", "B", "C"], list("abcdefg"), 2) == [*"ACabc", *"Bdefg"]
    assert dealt([], list("abc"), 2) == list("abc")


def test_none_is_lost_where_there_are_fewer_tests_than_processes():
    assert dealt(["A", "B"], ["a"], 4) == ["A", "B", "a"]
