"""Browsers in which somebody has signed in, calls to look at, and a language to speak without a database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.ctx import RequestContext
from flask.testing import FlaskClient

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, User
from coverage_app.services import records
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity
from coverage_app.settings import Settings, load
from tests.environment import variables
from tests.fixtures.people import People

SignIn = Callable[[User], FlaskClient]
MakeCall = Callable[..., Call]
Make = Callable[..., Any]
NEEDED: dict[Entity, dict[str, Any]] = {
    CALL: {},
    TASK: {"text": "Pedir cita"},
    PIPELINE_ACTION: {"next_action_type": "Reunión"},
    OPPORTUNITY: {"name": "Arraigo"},
}


@pytest.fixture
def now() -> datetime:
    return utcnow().replace(microsecond=0)


@pytest.fixture
def ana(sign_in: SignIn, people: People) -> FlaskClient:
    """The browser of Ana, the responsible."""
    return sign_in(people.responsible)


@pytest.fixture
def alicia(sign_in: SignIn, people: People) -> FlaskClient:
    """The browser of Alicia, who administers."""
    return sign_in(people.admin)


@pytest.fixture
def make_call(app: Flask, people: People, contact: Contact, now: datetime) -> MakeCall:
    """A call of the responsible's, covered by the cover unless said otherwise; hours ahead for its next call."""

    def make(hours: float | None = 48, at: datetime = now, **changes: Any) -> Call:
        given = {"entity_id": contact.id, "called_at": now, "coverage_user_id": people.cover.id}
        if hours is not None:
            given["proxima_llamada_fecha"] = now + timedelta(hours=hours)
        made = records.create(CALL, uuid4(), given | changes, by=people.responsible, now=at).record
        db.session.commit()
        return made

    return make


@pytest.fixture
def make(app: Flask, people: People, contact: Contact, now: datetime) -> Make:
    """A record of any kind, of the responsible's and about the contact, covered; hours ahead for its first date."""

    def made(entity: Entity, hours: float | None = 48, by: User | None = None, **changes: Any) -> Any:
        given = NEEDED[entity] | {entity.contact: contact.id, entity.cover: people.cover.id}
        if entity is CALL:
            given["called_at"] = now
        if hours is not None:
            given[entity.events[0].due] = now + timedelta(hours=hours)
        record = records.create(entity, uuid4(), given | changes, by=by or people.responsible, now=now).record
        db.session.commit()
        return record

    return made


@pytest.fixture
def speak(
    applications: Callable[[Settings], Flask], instance: Path
) -> Callable[[str], AbstractContextManager[RequestContext]]:
    """A request's context in a language, with no database behind it: for what pages say."""
    app = applications(load(variables(f"sqlite:///{instance / 'unused.db'}", 1, 1), instance))
    return lambda locale: app.test_request_context(headers={"Accept-Language": locale})
