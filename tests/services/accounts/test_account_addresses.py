"""An account is found, and cannot be made again, however its address is typed."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import accounts
from tests.fixtures.databases import BOTH_DATABASES, ON_SQLITE
from tests.fixtures.people import People
from tests.unit.services.accounts.test_addresses import SPELLINGS


@ON_SQLITE
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_sign_in_and_lookup_know_every_spelling(people: People, password: str, spelling: str) -> None:
    assert accounts.find(SPELLINGS[spelling]).id == people.admin.id
    signed_in = accounts.sign_in(SPELLINGS[spelling], password)
    assert signed_in is not None and signed_in.id == people.admin.id


@BOTH_DATABASES
def test_two_people_cannot_differ_by_spelling_alone(people: People) -> None:
    columns = {"name": "Otra", "role": "staff", "locale": "es", "timezone": "Europe/Madrid"}
    for typed in SPELLINGS.values():
        with pytest.raises(FieldError) as refusal:
            accounts.create_user("correct horse", columns | {"email": typed}, by=None, now=utcnow())
        assert refusal.value.field == "email"
        with pytest.raises(FieldError):
            accounts.save(people.cover.id, {"email": typed}, by=None, now=utcnow())
    emails = sorted(db.session.scalars(select(User.email)))
    assert emails == ["alicia@example.com", "ana@example.com", "bea@example.com", "carlos@example.com"]


@BOTH_DATABASES
def test_the_database_takes_no_second_case_of_an_address(people: People) -> None:
    db.session.add(User(name="X", email="Alicia@example.com", password_hash="", locale="es", timezone="UTC"))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
