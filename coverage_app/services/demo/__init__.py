"""Demo data: a small immigration-law firm in the middle of its working week. Everybody in it is made up."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from coverage_app.enums import Status
from coverage_app.extensions import db
from coverage_app.models import FollowUp, User
from coverage_app.services import accounts, contacts, records, reminders, wording
from coverage_app.services.demo.calendar import moment
from coverage_app.services.demo.cast import CLIENTS, COLLEAGUES, LogIn
from coverage_app.services.demo.story import STORY, Told
from coverage_app.services.entities import CALL


def anybody() -> bool:
    """True when the database has people: then it is somebody's, and no place for a demo."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def log_ins() -> list[LogIn]:
    """The colleagues, each with a password made now. Write them down first: ``load`` keeps no copy."""
    return [LogIn(accounts.make_password(), *colleague) for colleague in COLLEAGUES]


def load(people: list[LogIn], now: datetime) -> None:
    """Make the firm. Colleagues whose address is already taken stay as they are, with the password they have."""
    staff = {person.first_name: _colleague(person, now) for person in people}
    first = next(iter(staff.values()))
    clients = {
        name: contacts.create(uuid4(), {"name": name, **rest}, by=first, now=now).id for name, rest in CLIENTS.items()
    }
    for told in STORY:
        _tell(told, staff, clients, now)
    db.session.commit()


def _colleague(person: LogIn, now: datetime) -> User:
    known = db.session.scalar(select(User).where(User.email == person.email))
    columns = {name: value for name, value in person._asdict().items() if name != "password"}
    return known or accounts.create_user(person.password, columns, by=None, now=now)


def _tell(told: Told, staff: dict[str, User], clients: dict[str, Any], now: datetime) -> None:
    """Record one call as people would have, then what has become of it since."""
    by, called_at = staff[told.by], moment(told.called, now)
    changes = {
        "entity_id": clients[told.client],
        "coverage_user_id": staff[told.cover].id if told.cover else None,
        "called_at": called_at,
        "created_at": called_at,
        "direction": told.direction,
        "duration": told.minutes * 60,
        "result": told.result,
        "note": told.note,
        "proxima_llamada_fecha": moment(told.next_call, now) if told.next_call else None,
        "proxima_accion_fecha": moment(told.next_action, now) if told.next_action else None,
        "proxima_accion": told.what,
    }
    saved = records.create(CALL, uuid4(), changes, by=by, now=now)
    _add_history(told, saved.record, now)
    for kind in told.done:
        records.complete(CALL, saved.record.id, kind, done=True, by=by, now=now)


def _add_history(told: Told, record: Any, now: datetime) -> None:
    """The reminders that would have gone out before the demo was loaded. Only a demo may write such rows:
    they are made finished, in one transaction, so that no worker ever sees them waiting."""
    promised = list(db.session.scalars(select(FollowUp).where(FollowUp.entity_id == record.id)))
    offsets = current_app.extensions["settings"].offsets
    past = [
        (reminders.make(follow_up, offset), follow_up)
        for follow_up, offset in reminders.wanted(promised, offsets).values()
        if record.called_at < follow_up.due_at - offset.before <= now
    ]
    wording.fill_in(past, record, CALL)
    for row, _ in past:
        row.created_at, row.claims = record.called_at, 1
        row.status, row.last_error = told.outcomes.get(row.notification_type, (Status.SENT, None))
        row.sent = row.status == Status.SENT
        row.sent_at = row.scheduled_send_at if row.sent else None
        row.attempts = int(row.status == Status.FAILED)
    db.session.add_all([row for row, _ in past])
    db.session.commit()
