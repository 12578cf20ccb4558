"""Which days a month, a week or an agenda shows, and which sheets lie beside it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app.web.pages.calendar.period import sheet

TODAY = date(2026, 11, 29)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("shape", "first", "number"),
    [
        ("month", date(2026, 10, 26), 42),
        ("week", date(2026, 11, 23), 7),
        ("agenda", TODAY, 7),
        (None, date(2026, 10, 26), 42),
    ],
)
def test_sheet_of_a_shape_begins_and_ends_on_whole_weeks(shape: str | None, first: date, number: int) -> None:
    found = sheet(shape, None, TODAY)
    assert (found.first, found.number, found.last) == (first, number, first + timedelta(days=number - 1))


@pytest.mark.parametrize("day", [None, "", "ayer", "1999-12-31", "2101-01-01", "2026-02-30"])
def test_sheet_of_a_day_that_is_not_accepted_is_todays(day: str | None) -> None:
    assert sheet("agenda", day, TODAY).day == TODAY


@given(DAYS)
def test_sheet_of_any_month_is_whole_weeks_around_all_its_days(day: date) -> None:
    found = sheet("month", day.isoformat(), TODAY)
    assert found.first.weekday() == 0 and found.number % 7 == 0 and found.first <= day <= found.last
    assert found.first.day == 1 or found.first.month != day.month


@given(DAYS, st.sampled_from(["month", "week", "agenda"]))
def test_address_of_the_next_sheet_adjoins_this_one(day: date, shape: str) -> None:
    found = sheet(shape, day.isoformat(), TODAY)
    following = found.address(1)
    if following:
        beside = sheet(following["shape"], following["day"], TODAY)
        assert found.first < beside.first <= found.last + timedelta(days=1)


def test_address_beyond_the_accepted_years_is_none() -> None:
    assert (sheet("month", "2100-12-01", TODAY).address(1), sheet("week", "2000-01-01", TODAY).address(-1)) == (
        None,
        None,
    )
