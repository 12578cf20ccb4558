"""``demo``: a firm to look at, whose first reminders go out within a minute; never into somebody's own data."""

from datetime import timedelta

from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.enums import EventKind
from coverage_app.models import Call, FollowUp, Reminder, User
from coverage_app.services import accounts, reconcile
from coverage_app.services.entities import ENTITIES
from tests.fixtures.databases import ON_SQLITE


@ON_SQLITE
def test_it_prints_log_ins_that_work_and_keeps_them_for_their_owner_only(flask, settings):
    result = flask("demo")
    kept = settings.instance / "demo-logins.txt"
    lines = kept.read_text().splitlines()
    assert (result.exit_code, result.stdout) == (0, f"{kept.read_text()}Also in {kept}\n")
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    assert [bool(accounts.sign_in(*line.split()[:2])) for line in lines] == [True] * 6


def test_it_leaves_nothing_to_reconcile_and_nothing_overdue(flask, stored):
    flask("demo")
    made = sum(len(stored(select(entity.model.id))) for entity in ENTITIES.values())
    assert reconcile.run(utcnow()) == reconcile.Found(checked=made)
    overdue = select(Reminder).where(Reminder.status == "pending", Reminder.scheduled_send_at < utcnow())
    assert stored(overdue) == []


@ON_SQLITE
def test_a_database_with_people_is_refused_unless_forced(flask, people, stored):
    refused = flask("demo")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "Error: this database already has people; --force adds the demo to them\n"
    assert (len(stored(select(User))), stored(select(Call))) == (4, [])
    assert flask("demo", "--force").exit_code == 0
    assert len(stored(select(User))) == 4 + 6
    assert flask("demo", "--force").exit_code == 0
    assert len(stored(select(User))) == 4 + 6


@ON_SQLITE
def test_demo_shows_every_reminder_state_and_sends_three_in_a_minute(flask, stored):
    before = utcnow()
    flask("demo")
    now, rows = utcnow(), sorted(stored(select(Reminder)), key=lambda row: row.scheduled_send_at)
    first = [row for row in rows if row.status == "pending"][:3]
    assert [row.notification_type for row in first] == ["15min_before", "1h_before", "24h_before"]
    assert all(before < row.scheduled_send_at <= now + timedelta(seconds=60) for row in first)

    assert {row.status for row in rows} == {"pending", "sent", "failed", "skipped"}
    assert {bool(row.sent_at) == row.sent == (row.status == "sent") for row in rows} == {True}
    assert {bool(row.last_error) == (row.status in ("failed", "skipped")) for row in rows} == {True}

    promised = stored(select(FollowUp))
    there = {(row.event_kind, bool(row.coverage_user_id)) for row in promised}
    assert there == {(kind, covered) for kind in EventKind for covered in (True, False)}
    ended = {(row.event_kind, "done" if row.done_at else "late" if row.due_at < now else "ahead") for row in promised}
    assert ended == {(kind, end) for kind in EventKind for end in ("done", "late", "ahead")}
