"""Lines 25 and 26: the hours that do not exist or come twice, and dates that are nearly or already past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from coverage_app import clock
from coverage_app.clock import utcnow
from coverage_app.errors import NonexistentTime
from coverage_app.extensions import db
from coverage_app.models import FollowUp, User
from coverage_app.models import Reminder as Row
from coverage_app.services.delivery import recheck
from coverage_app.services.emails import reminder
from tests.faults.conftest import Stored
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

MADRID = "Europe/Madrid"
# What is typed in Madrid → when that is, and how a reader on Lord Howe sees it (half an hour of summer time there).
CHANGES = {
    "2027-03-28T01:59": (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "11:59"),
    "2027-03-28T03:00": (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "12:00"),
    "2027-10-31T02:30": (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "11:30"),
    "2027-10-31T03:00": (datetime(2027, 10, 31, 2, 0, tzinfo=UTC), "13:00"),
}


def test_25_dst_change_keeps_send_times_exact_and_the_mail_names_the_zone(
    call: Callable[..., UUID], stored: Stored, people: People
) -> None:
    reader = db.session.get_one(User, people.cover.id)
    reader.timezone = "Australia/Lord_Howe"
    for typed, (at, there) in CHANGES.items():
        entity = call(timedelta(), proxima_llamada_fecha=clock.read_local(typed, MADRID).at)
        rows = stored(select(Row).where(Row.entity_id == entity).order_by(Row.scheduled_send_at))
        lead_times = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=15))
        assert [row.scheduled_send_at for row in rows] == [at - lead for lead in lead_times]
        context = recheck.preview(rows[0].id, rows[0].scheduled_send_at)
        assert context is not None
        text = reminder.render_email(context, rows[0].scheduled_send_at).text
        assert f"{there} (hora de Lord Howe)" in text


def test_25_missing_hour_is_refused_and_repeated_hour_is_recognised() -> None:
    with pytest.raises(NonexistentTime):
        clock.read_local("2027-03-28T02:30", MADRID)
    twice = {typed for typed in CHANGES if clock.read_local(typed, MADRID).ambiguous}
    assert twice == {"2027-10-31T02:30"}


@ON_SQLITE
def test_26_only_what_is_still_ahead_is_planned(call: Any, stored: Stored) -> None:
    planned = {
        ahead: len(stored(select(Row).where(Row.entity_id == call(ahead))))
        for ahead in (timedelta(minutes=20), timedelta(seconds=10), timedelta(), timedelta(hours=-1))
    }
    assert list(planned.values()) == [1, 0, 0, 0]
    assert len(stored(select(FollowUp))) == 4
    assert all(row.scheduled_send_at > utcnow() for row in stored(select(Row)))
