"""Several people at once: everybody is answered, and there is exactly one set of rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.errors import AlreadyExists, FieldError
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp
from coverage_app.models import Reminder as Row
from coverage_app.services import records, saved_filters, tokens
from coverage_app.services.entities import CALL
from coverage_app.services.imports import limits
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

NOW = utcnow().replace(microsecond=0)
Stored = Callable[..., list[Any]]


def together(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """Run the acts at the same moment, each as a request would: with a context and session of its own."""
    db.session.commit()
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait()
            return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def keys(rows: list[Row]) -> list[tuple[datetime, str]]:
    return sorted((row.event_due_date, row.notification_type) for row in rows)


def test_two_edits_of_one_call_leave_one_set_of_rows(
    app: Flask, people: People, contact: Contact, stored: Stored
) -> None:
    given = {"entity_id": contact.id, "called_at": NOW, "coverage_user_id": people.cover.id}
    call = records.create(CALL, uuid4(), given, by=people.responsible, now=NOW).record.id
    dates = [NOW + timedelta(hours=25 + hour) for hour in range(6)]

    def edit(date: datetime) -> Callable[[], Any]:
        return lambda: records.save(CALL, call, {"proxima_llamada_fecha": date}, by=people.responsible, now=NOW)

    answers = together(app, [edit(date) for date in dates])
    assert len(answers) == 6
    final = stored(select(Call))[0].proxima_llamada_fecha
    assert final in dates
    assert keys(stored(select(Row))) == sorted((final, label) for label in ("24h_before", "1h_before", "15min_before"))
    assert [follow_up.due_at for follow_up in stored(select(FollowUp))] == [final]


def test_the_same_new_record_sent_by_four_at_once_is_made_once(
    app: Flask, people: People, contact: Contact, stored: Stored
) -> None:
    one = uuid4()
    given = {
        "entity_id": contact.id,
        "called_at": NOW,
        "coverage_user_id": people.cover.id,
        "proxima_llamada_fecha": NOW + timedelta(hours=25),
    }

    def create() -> str:
        try:
            records.create(CALL, one, given, by=people.responsible, now=NOW)
        except AlreadyExists:
            return "already there"
        return "made"

    assert sorted(together(app, [create] * 4)) == ["already there"] * 3 + ["made"]
    assert [call.id for call in stored(select(Call))] == [one]
    assert len(stored(select(Row))) == 3


@pytest.mark.parametrize("quota", ["tokens", "filters", "imports"])
def test_a_quota_with_one_place_left_lets_in_one_of_four(
    app: Flask, people: People, take_in: TakeIn, monkeypatch: pytest.MonkeyPatch, quota: str
) -> None:
    monkeypatch.setattr(tokens, "MOST", 3)
    monkeypatch.setattr(saved_filters, "MOST", 3)
    monkeypatch.setattr(limits, "MOST_OPEN", 3)
    make: Callable[[], Any] = {
        "tokens": lambda: tokens.make(people.responsible, "CRM"),
        "filters": lambda: saved_filters.save(str(uuid4()), {}, by=people.responsible),
        "imports": lambda: take_in(csv_of("María Pérez;;;")),
    }[quota]

    def tried() -> str:
        try:
            make()
        except FieldError:
            return "refused"
        return "made"

    assert [tried(), tried()] == ["made"] * 2
    assert sorted(together(app, [tried] * 4)) == ["made"] + ["refused"] * 3
