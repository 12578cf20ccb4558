"""What the log holds: one line for each event, and of nobody's address, password or token anything."""

import json
import logging
from collections.abc import Callable

import pytest
import structlog
from flask import Flask
from sqlalchemy.exc import IntegrityError

from coverage_app.extensions import db
from coverage_app.models import User
from tests.fixtures.databases import ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.people import People

Log = Callable[[], str]


@ON_SQLITE
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 <bea@example.com>: unknown", "550 5.1.1 <…@…>: unknown"),
        ("bea.soto+x@sub.example.com,ana@example.com", "…@…,…@…"),
        ("'niña@ñandú.es' and \"bea\"@example.com", "…@… and …@…"),
        ("redis://user:pa55@10.0.0.1:6379 is away", "redis://user:…@…:6379 is away"),
        ("mailto:bea@localhost?subject=x", "mailto:…@…=x"),
        ("nothing of the kind @ all", "nothing of the kind @ all"),
        ("two\nlines\u2028three", "two lines three"),
    ],
)
def test_log_holds_no_address_and_no_second_line(app: Flask, log: Log, said: str, kept: str) -> None:
    structlog.get_logger().warning("reminder.failed", why=said, password="x", api_token="x", message_body="x")
    logging.getLogger("some.library").warning("%s", said)
    ours, library = map(json.loads, log().splitlines())
    assert (ours["why"], library["event"]) == (kept, kept)
    assert {ours[key] for key in ("password", "api_token", "message_body")} == {"…"}


@ON_POSTGRESQL
def test_log_of_a_fault_holds_nothing_that_the_database_quotes(app: Flask, people: People, log: Log) -> None:
    again = User(name="Bea", email=people.cover.email, password_hash="-", role="staff", locale="es", timezone="UTC")
    db.session.add(again)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        structlog.get_logger().exception("job.failed")
    assert "already exists" in log() and "UniqueViolation" in log()
    assert people.cover.email not in log()
