"""Local times and UTC, on the nights on which the clocks change too."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app import clock
from coverage_app.errors import NonexistentTime, UnreadableTime

MADRID = "Europe/Madrid"
FIRST, LAST = datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2100-12-30")


def test_read_local_in_the_missing_hour_of_spring_is_refused() -> None:
    with pytest.raises(NonexistentTime):
        clock.read_local("2027-03-28T02:30", MADRID)
    assert clock.read_local("2027-03-28T03:00", MADRID).at == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_read_local_in_the_repeated_hour_of_autumn_is_the_first_one() -> None:
    reading = clock.read_local("2026-10-25 02:30", MADRID)
    assert (reading.at, reading.ambiguous) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True)
    assert not clock.read_local("2026-10-25 03:00", MADRID).ambiguous


@pytest.mark.parametrize("typed", ["", "mañana", "2026-13-01T10:00", "31/02/2026 10:00", "1999-12-31T10:00", "10:00"])
def test_read_local_of_no_time_is_unreadable(typed: str) -> None:
    with pytest.raises(UnreadableTime):
        clock.read_local(typed, MADRID)


def test_read_written_with_an_offset_ignores_the_zone() -> None:
    at = datetime(2026, 12, 3, 9, tzinfo=UTC)
    written = ("2026-12-03T09:00Z", "2026-12-03 10:00 +01:00", "3/12/2026 10:00", "2026-12-03T10:00")
    assert {clock.read_written(one, MADRID).at for one in written} == {at}


@given(st.datetimes(FIRST, LAST), st.sampled_from([MADRID, "Australia/Lord_Howe", "UTC"]))
def test_read_local_of_a_shown_time_is_that_moment_or_the_first(moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC, microsecond=0)
    reading = clock.read_local(clock.to_local(at, zone).strftime("%Y-%m-%dT%H:%M:%S"), zone)
    assert reading.at == at or (reading.ambiguous and timedelta() < at - reading.at <= timedelta(hours=1))


def test_day_begins_makes_days_of_23_24_and_25_hours() -> None:
    days = (date(2027, 3, 28), date(2027, 3, 29), date(2026, 10, 25))
    lengths = [clock.day_begins(day + timedelta(days=1), MADRID) - clock.day_begins(day, MADRID) for day in days]
    assert lengths == [timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)]


def test_day_begins_where_midnight_is_skipped_at_the_skip() -> None:
    skipped = clock.day_begins(date(2024, 9, 8), "America/Santiago")
    assert clock.to_local(skipped, "America/Santiago").strftime("%d %H:%M") == "08 01:00"
