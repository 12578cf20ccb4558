"""The same rules through one door: every case of docs/contract.md#which-reminders-exist, for each entity."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Contact, FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import records
from coverage_app.services.delivery import recheck
from coverage_app.services.emails import reminder
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from coverage_app.services.entity_columns import Event
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

H, MIN = timedelta(hours=1), timedelta(minutes=1)
NOW = utcnow().replace(microsecond=0)
ALL = ["24h_before", "1h_before", "15min_before"]
FIRST = {CALL: {"called_at": NOW}, TASK: {"text": "Pedir cita"}, PIPELINE_ACTION: {}, OPPORTUNITY: {"name": "Arraigo"}}
CASES = [(entity, event) for entity in FIRST for event in entity.events]


@dataclass
class Door:
    """One event of one kind of record, through the one door."""

    entity: Entity
    event: Event
    people: People
    contact: Contact
    stored: Callable[..., list[Any]]
    record_id: UUID

    def create(self, due: datetime | None, **changes: Any) -> records.Saved:
        given = FIRST[self.entity] | {
            self.entity.contact: self.contact.id,
            self.entity.cover: self.people.cover.id,
            self.event.due: due,
        }
        return records.create(self.entity, self.record_id, given | changes, by=self.people.responsible, now=NOW)

    def save(self, now: datetime = NOW, **changes: Any) -> records.Saved:
        return records.save(self.entity, self.record_id, changes, by=self.people.outsider, now=now)

    def done(self, done: bool, now: datetime = NOW) -> records.Saved:
        return records.complete(
            self.entity, self.record_id, self.event.kind, done=done, by=self.people.cover, now=now, note="Hecho"
        )

    def labels(self) -> list[str]:
        return [row.notification_type for row in self.stored(select(Row).order_by(Row.scheduled_send_at))]

    def ids(self) -> set[UUID]:
        return set(self.stored(select(Row.id)))


@pytest.fixture(params=CASES, ids=lambda case: case[1].kind.value)
def door(
    request: pytest.FixtureRequest, app: Flask, people: People, contact: Contact, stored: Callable[..., list[Any]]
) -> Door:
    entity, event = request.param
    return Door(entity, event, people, contact, stored, uuid4())


@pytest.mark.parametrize(
    ("ahead", "expected"), [(25 * H, ALL), (2 * H, ALL[1:]), (30 * MIN, ALL[2:]), (10 * MIN, []), (-1 * H, [])]
)
def test_only_lead_times_still_ahead_are_planned(door: Door, ahead: timedelta, expected: list[str]) -> None:
    door.create(NOW + ahead)
    assert door.labels() == expected


def test_the_follow_up_says_what_it_is_and_whose(door: Door) -> None:
    door.create(NOW + 25 * H)
    [follow_up] = door.stored(select(FollowUp))
    assert (follow_up.entity_type, follow_up.entity_id, follow_up.event_kind) == (
        door.entity.type,
        door.record_id,
        door.event.kind,
    )
    assert (follow_up.responsible_user_id, follow_up.coverage_user_id, follow_up.coverage_source) == (
        door.people.responsible.id,
        door.people.cover.id,
        "chosen",
    )
    assert (follow_up.contact_id, follow_up.due_at, follow_up.done_at) == (door.contact.id, NOW + 25 * H, None)


@ON_SQLITE
def test_prefilled_texts_equal_what_the_re_check_would_send(door: Door) -> None:
    about = {door.event.title_column.name: "Revisar"} if door.event.title_column else {}
    note = {door.entity.note_column.name: "Traerá el NIE."} if door.entity.note_column else {}
    door.create(NOW + 25 * H, **about, **note)
    rows = door.stored(select(Row))
    contexts = [recheck.preview(row.id, row.scheduled_send_at) for row in rows]
    emails = [reminder.render_email(context, context.scheduled_send_at) for context in contexts if context]
    assert [(row.subject, row.message_body) for row in rows] == [(email.subject, email.text) for email in emails]
    assert all(word in email.text for email in emails for word in (*about.values(), *note.values(), "María Pérez"))


def test_another_date_makes_the_rows_anew(door: Door) -> None:
    door.create(NOW + 25 * H)
    before = door.ids()
    saved = door.save(**{door.event.due: NOW + 26 * H})
    assert (saved.made, saved.deleted) == (ALL, ALL)
    assert door.ids().isdisjoint(before)


def test_another_cover_makes_the_rows_anew(door: Door) -> None:
    door.create(NOW + 25 * H)
    door.save(**{door.entity.cover: door.people.outsider.id})
    assert set(door.stored(select(Row.coverage_user_id))) == {door.people.outsider.id}
    door.save(**{door.entity.cover: None})
    assert door.labels() == []


def test_the_same_again_changes_no_row_even_when_overdue(door: Door) -> None:
    door.create(NOW + 25 * H)
    before = door.ids()
    saved = door.save(now=NOW + 30 * H, **{door.entity.contact: door.contact.id})
    assert (saved.made, saved.deleted, door.ids()) == ([], [], before)


def test_done_and_undone_and_moved(door: Door) -> None:
    door.create(NOW + 25 * H)
    door.done(True)
    assert door.labels() == []
    door.done(False, NOW + 2 * H)
    assert door.labels() == ALL[1:]
    door.done(True)
    door.save(**{door.event.due: NOW + 50 * H})
    assert door.labels() == ALL
    assert door.stored(select(FollowUp.done_at)) == [None]


def test_a_save_says_which_reminders_it_made_and_deleted(door: Door) -> None:
    made = door.create(NOW + 25 * H)
    assert (made.made, made.deleted) == (ALL, [])
    done, again, undone = door.done(True), door.done(True), door.done(False, NOW + 2 * H)
    assert [(saved.made, saved.deleted) for saved in (done, again, undone)] == [([], ALL), ([], []), (ALL[1:], [])]
    assert [set(saved.changes) for saved in (done, again, undone)] == [{door.event.done}, set(), {door.event.done}]
    uncovered = door.save(**{door.entity.cover: None})
    assert (uncovered.made, uncovered.deleted) == ([], ALL[1:])
    assert uncovered.changes == {door.entity.cover: [str(door.people.cover.id), None]}


def test_a_save_with_a_done_mark_is_two_lines_of_history(door: Door) -> None:
    door.create(NOW + 25 * H)
    changes = {door.event.due: NOW + 26 * H}
    marks = {door.event.kind: True}
    saved = records.save(door.entity, door.record_id, changes, by=door.people.cover, now=NOW, marks=marks)
    lines = {change.action: set(change.values) for change in door.stored(select(AuditEntry))}
    assert (lines["updated"], lines["completed"]) == ({door.event.due}, {door.event.done})
    assert set(saved.changes) == {door.event.due, door.event.done}


def test_clearing_the_date_ends_it(door: Door) -> None:
    door.create(NOW + 25 * H)
    door.save(**{door.event.due: None})
    assert (door.labels(), door.stored(select(FollowUp))) == ([], [])


def test_deleting_leaves_nothing_to_send(door: Door) -> None:
    door.create(NOW + 25 * H)
    records.delete(door.entity, door.record_id, by=door.people.responsible, now=NOW)
    assert (door.labels(), door.stored(select(FollowUp)), door.stored(select(door.entity.model))) == ([], [], [])


def test_the_cover_is_never_the_responsible(door: Door) -> None:
    for wrong in (door.people.responsible.id, uuid4()):
        with pytest.raises(FieldError) as refusal:
            door.create(NOW + 25 * H, **{door.entity.cover: wrong})
        assert refusal.value.field == door.entity.cover
        db.session.rollback()
    assert door.labels() == []


def test_history_says_who_did_what_from_which_value_to_which(door: Door) -> None:
    door.create(None)
    door.save(**{door.event.due: NOW + 25 * H})
    door.done(True)
    records.delete(door.entity, door.record_id, by=door.people.admin, now=NOW + MIN)
    kept = door.stored(select(AuditEntry))
    assert sorted((change.action, change.by_user_id) for change in kept) == sorted(
        [
            ("created", door.people.responsible.id),
            ("updated", door.people.outsider.id),
            ("completed", door.people.cover.id),
            ("deleted", door.people.admin.id),
        ]
    )
    updated = next(change for change in kept if change.action == "updated")
    assert updated.values == {door.event.due: [None, (NOW + 25 * H).isoformat().replace("+00:00", "Z")]}
    assert {change.responsible_user_id for change in kept} == {door.people.responsible.id}
    assert [change.note for change in kept if change.action == "completed"] == ["Hecho"]
    assert all(change.subject for change in kept)
