"""Records what the demo tells as people would have, then what has become of it since."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select

from coverage_app.enums import EventKind, OpportunityStatus, Status
from coverage_app.extensions import db
from coverage_app.models import Covered, FollowUp, User
from coverage_app.services import records, reminders
from coverage_app.services.emails import reminder
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from coverage_app.services.seed.calls import CallSeed
from coverage_app.services.seed.dates import When, moment
from coverage_app.services.seed.tasks_and_opportunities import OpportunitySeed, TaskSeed
from coverage_app.services.values import Values

Outcomes = dict[str, tuple[Status, str]]


@dataclass(frozen=True)
class Loader:
    """``staff`` by first name, ``clients`` by name; ``now`` is when the demo is loaded."""

    staff: dict[str, User]
    clients: dict[str, UUID]
    now: datetime

    def add_call(self, seed: CallSeed) -> None:
        changes = {
            "entity_id": self.clients[seed.client],
            "coverage_user_id": self._id(seed.cover),
            "called_at": self._at(seed.called),
            "direction": seed.direction,
            "duration": seed.minutes * 60,
            "result": seed.result,
            "note": seed.note,
            "proxima_llamada_fecha": self._at(seed.next_call),
            "proxima_accion_fecha": self._at(seed.next_action),
            "proxima_accion": seed.what,
        }
        made = self._make(CALL, changes, seed.by, seed.called, seed.outcomes)
        for kind in seed.done:
            self._done(CALL, made, kind, seed.by)

    def add_task(self, seed: TaskSeed) -> None:
        changes = {
            "text": seed.text,
            "entity_id": self.clients[seed.client] if seed.client else None,
            "complete_till": self._at(seed.due),
            "coverage_user_id": self._id(seed.cover),
        }
        made = self._make(TASK, changes, seed.by, seed.made, seed.outcomes)
        if seed.done:
            self._done(TASK, made, EventKind.TASK_DUE, seed.by)

    def add_opportunity(self, seed: OpportunitySeed) -> None:
        changes = {
            "name": seed.name,
            "contact_id": self.clients[seed.client],
            "next_follow_up_date": self._at(seed.follow_up),
            "coverage_user_id": self._id(seed.cover),
        }
        made = self._make(OPPORTUNITY, changes, seed.by, seed.made, {})
        if seed.stage:
            self._stage(seed, made)
        if seed.status != OpportunityStatus.OPEN:
            records.save(OPPORTUNITY, made, {"status": seed.status}, by=self.staff[seed.by], now=self.now)

    def _stage(self, seed: OpportunitySeed, opportunity_id: UUID) -> None:
        changes = {
            "opportunity_id": opportunity_id,
            "stage_name": seed.stage,
            "next_action_type": seed.action,
            "next_action_description": seed.about,
            "next_action_due_date": self._at(seed.due),
            "next_action_coverage_user_id": self._id(seed.action_cover),
        }
        made = self._make(PIPELINE_ACTION, changes, seed.by, seed.made, {})
        if seed.done:
            self._done(PIPELINE_ACTION, made, EventKind.STAGE_NEXT_ACTION, seed.by)

    def _make(self, entity: Entity, changes: Values, by: str, made: When, outcomes: Outcomes) -> UUID:
        since = moment(made, self.now)
        given = changes | {"created_at": since}
        record = records.create(entity, uuid4(), given, by=self.staff[by], now=self.now).record
        record_id: UUID = record.id
        _add_past(entity, record, since, self.now, outcomes)
        return record_id

    def _done(self, entity: Entity, record_id: UUID, kind: EventKind, by: str) -> None:
        records.complete(entity, record_id, kind, done=True, by=self.staff[by], now=self.now)

    def _at(self, when: When | None) -> datetime | None:
        return moment(when, self.now) if when is not None else None

    def _id(self, name: str | None) -> UUID | None:
        return self.staff[name].id if name else None


def _add_past(entity: Entity, record: Covered, since: datetime, now: datetime, outcomes: Outcomes) -> None:
    """The reminders that would have gone out before the demo was loaded. Only a demo may write such rows:
    they are made finished, in one transaction, so that no worker ever sees them waiting."""
    promised = list(db.session.scalars(select(FollowUp).where(FollowUp.entity_id == record.id)))
    offsets = current_app.extensions["settings"].offsets
    past = [
        (reminders.make(follow_up, offset), follow_up)
        for follow_up, offset in reminders.wanted(promised, offsets).values()
        if since < follow_up.due_at - offset.before <= now
    ]
    reminder.prefill(past, record, entity)
    for row, _ in past:
        row.created_at, row.claims = since, 1
        row.status, row.last_error = outcomes.get(row.notification_type, (Status.SENT, None))
        row.sent = row.status == Status.SENT
        row.sent_at = row.scheduled_send_at if row.sent else None
        row.attempts = int(row.status == Status.FAILED)
    db.session.add_all([row for row, _ in past])
    db.session.commit()
