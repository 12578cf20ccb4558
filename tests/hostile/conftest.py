"""One of everything, for requests that change it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact, FollowUp, Reminder
from coverage_app.services import records, tokens
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People

NEEDED = {
    CALL: {"called_at": utcnow()},
    TASK: {"text": "Pedir cita"},
    PIPELINE_ACTION: {"next_action_type": "Reunión"},
    OPPORTUNITY: {"name": "Arraigo"},
}


@pytest.fixture
def ids(app: Flask, people: People, contact: Contact, take_in: TakeIn) -> dict[str, UUID]:
    """Ids that exist, by the first part of an endpoint's name; those of the API by their collection."""
    found = {"contacts": contact.id, "people": people.outsider.id, "tokens": tokens.make(people.admin, "CRM")[0].id}
    found["person_tokens"] = tokens.make(people.outsider, "CRM")[0].id
    found["imports"] = take_in(csv_of("Nadie;;;"), by=people.admin)
    due = utcnow() + timedelta(days=3)
    for entity, needed in NEEDED.items():
        dated = {entity.contact: contact.id, entity.cover: people.cover.id, entity.events[0].due: due}
        made = records.create(entity, uuid4(), needed | dated, by=people.admin, now=utcnow())
        found[entity.folder] = made.record.id
    found["stages"] = found["pipeline"]
    found["dashboard"] = found["calendar"] = db.session.scalars(select(FollowUp.id)).first()
    found["deliveries"] = found["notifications"] = db.session.scalars(select(Reminder.id)).first()
    db.session.commit()
    return found
