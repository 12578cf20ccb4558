"""Which reminders follow-ups want, and what a new one holds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from coverage_app.enums import Offset
from coverage_app.models import FollowUp
from coverage_app.services import reminders

H = timedelta(hours=1)
DAY, HOUR = Offset("24h_before", 24 * H), Offset("1h_before", H)
DUE = datetime(2026, 12, 3, 10, tzinfo=UTC)
FIRST, LAST = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01")
BEA = uuid4()


def follow_up(**values: Any) -> FollowUp:
    usual = {"event_kind": "next_call", "entity_type": "call", "entity_id": uuid4(), "due_at": DUE}
    return FollowUp(**usual | {"coverage_user_id": BEA} | values)


def test_wanted_is_one_reminder_for_each_lead_time() -> None:
    one = follow_up()
    assert reminders.wanted([one], (DAY, HOUR)) == {
        ("next_call", DUE, BEA, "24h_before"): (one, DAY),
        ("next_call", DUE, BEA, "1h_before"): (one, HOUR),
    }


def test_wanted_of_uncovered_or_done_follow_ups_is_none() -> None:
    assert reminders.wanted([follow_up(coverage_user_id=None), follow_up(done_at=DUE)], (DAY, HOUR)) == {}


def test_wanted_of_a_call_with_two_dates_distinguishes_its_events() -> None:
    both = [follow_up(), follow_up(event_kind="next_action")]
    assert [key[0] for key in reminders.wanted(both, (HOUR,))] == ["next_call", "next_action"]


def test_wanted_of_another_date_or_cover_shares_no_key_with_the_former() -> None:
    moved, reassigned = follow_up(due_at=DUE + H), follow_up(coverage_user_id=uuid4())
    keys = [set(reminders.wanted([one], (DAY, HOUR))) for one in (follow_up(), moved, reassigned)]
    assert len(set().union(*keys)) == 6


def test_make_sends_the_lead_time_before_the_event() -> None:
    row = reminders.make(follow_up(), DAY)
    assert (row.scheduled_send_at, row.next_attempt_at, row.event_due_date) == (DUE - 24 * H, DUE - 24 * H, DUE)
    assert (row.status, row.sent, row.notification_type, row.coverage_user_id) == ("pending", False, "24h_before", BEA)


@given(st.datetimes(FIRST, LAST), st.integers(1, 60 * 24 * 60))
def test_make_counts_elapsed_time_whatever_the_clocks_do(due: datetime, minutes: int) -> None:
    at, before = due.replace(tzinfo=UTC), timedelta(minutes=minutes)
    assert at - reminders.make(follow_up(due_at=at), Offset("x", before)).scheduled_send_at == before
