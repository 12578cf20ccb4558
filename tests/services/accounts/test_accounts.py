"""People: made, changed, out of service and back; always with an administrator left, and always remembered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.security import check_password_hash

from coverage_app.clock import utcnow
from coverage_app.enums import Role
from coverage_app.errors import AlreadyExists, DomainError, FieldError, LastAdmin, NotFound, Overloaded
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, FollowUp, Reminder, SignIn, User
from coverage_app.services import accounts, contacts
from coverage_app.services.accounts import hashing
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.servers import wait_until
from tests.services.test_concurrency import together

NOW = utcnow().replace(microsecond=0)
EVA = {
    "email": "Eva@Example.com",
    "name": " Eva  Gil ",
    "role": "staff",
    "locale": "en",
    "timezone": "Atlantic/Canary",
}
Stored = Callable[..., list[Any]]


def make(people: People, user_id: UUID | None = None, **changes: Any) -> User:
    return accounts.create_user("correct horse", EVA | changes, by=people.admin, now=NOW, user_id=user_id)


def refused(action: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        action()
    db.session.rollback()
    return refusal.value


def changes_of(stored: Stored, user_id: UUID) -> list[tuple[Any, ...]]:
    mine = select(AuditEntry).where(AuditEntry.entity_id == user_id).order_by(AuditEntry.at, AuditEntry.id)
    return [(change.action, change.by_user_id, change.subject, change.values) for change in stored(mine)]


def test_create_person_normalises_only_blanks_and_capitals(people: People, stored: Stored) -> None:
    made = make(people)
    assert (made.email, made.name, made.role, made.locale, made.timezone, made.is_active) == (
        "eva@example.com",
        "Eva Gil",
        "staff",
        "en",
        "Atlantic/Canary",
        True,
    )
    expected = {name: [None, value] for name, value in (EVA | {"email": "eva@example.com", "name": "Eva Gil"}).items()}
    assert changes_of(stored, made.id) == [("created", people.admin.id, "Eva Gil", expected)]


@BOTH_DATABASES
def test_a_form_sent_twice_makes_one_person(people: People, stored: Stored) -> None:
    made = make(people)
    assert isinstance(refused(lambda: make(people, made.id, email="other@example.com")), AlreadyExists)
    assert len(stored(select(User))) == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("email", None),
        ("email", "eva"),
        ("email", "bea@example.com"),
        ("role", "boss"),
        ("role", None),
        ("locale", "fr"),
        ("timezone", "Madrid"),
        ("timezone", None),
    ],
)
def test_what_a_person_cannot_be_is_refused_when_made_and_when_changed(
    people: People, stored: Stored, field: str, value: Any
) -> None:
    before = stored(select(User.email).order_by(User.email))
    for action in (
        lambda: make(people, **{field: value}),
        lambda: accounts.save(people.outsider.id, {field: value}, by=people.admin, now=NOW),
    ):
        refusal = refused(action)
        assert isinstance(refusal, FieldError) and refusal.field == field
    assert (stored(select(User.email).order_by(User.email)), stored(select(AuditEntry))) == (before, [])


def test_only_what_differs_is_remembered(people: People, stored: Stored) -> None:
    accounts.save(people.cover.id, {"name": "Bea Soto", "role": "admin"}, by=people.admin, now=NOW)
    accounts.save(people.cover.id, {"name": "Bea Soto"}, by=people.admin, now=NOW)
    assert changes_of(stored, people.cover.id) == [
        ("updated", people.admin.id, "Bea Soto", {"role": ["staff", "admin"]}),
    ]


def test_an_unknown_person_cannot_be_changed(people: People) -> None:
    nobody = uuid4()
    for action in (
        lambda: accounts.save(nobody, {"name": "X"}, by=people.admin, now=NOW),
        lambda: accounts.save(nobody, {"role": "staff"}, by=people.admin, now=NOW),
        lambda: accounts.deactivate(nobody, by=people.admin, now=NOW),
        lambda: accounts.reactivate(nobody, by=people.admin, now=NOW),
        lambda: accounts.reset_password(nobody, by=people.admin, now=NOW),
    ):
        assert isinstance(refused(action), NotFound)


def test_the_last_active_administrator_stays_one(people: People, stored: Stored) -> None:
    gone = make(people, email="old@example.com", role="admin")
    accounts.deactivate(gone.id, by=people.admin, now=NOW)
    assert isinstance(refused(lambda: accounts.deactivate(people.admin.id, by=people.admin, now=NOW)), LastAdmin)
    demoting = refused(lambda: accounts.save(people.admin.id, {"role": "staff"}, by=people.admin, now=NOW))
    assert isinstance(demoting, FieldError) and demoting.field == "role"
    accounts.save(people.cover.id, {"role": "admin"}, by=people.admin, now=NOW)
    accounts.deactivate(people.admin.id, by=people.cover, now=NOW)
    assert stored(select(User.id).where(User.role == Role.ADMIN, User.is_active)) == [people.cover.id]


@BOTH_DATABASES
def test_of_two_administrators_who_take_each_other_out_at_once_one_stays(
    app: Flask, people: People, stored: Stored
) -> None:
    accounts.save(people.cover.id, {"role": "admin"}, by=people.admin, now=NOW)
    both = (people.admin.id, people.cover.id)

    def leaves(user_id: UUID) -> Callable[[], bool]:
        def leave() -> bool:
            try:
                accounts.deactivate(user_id, by=None, now=NOW)
            except LastAdmin:
                db.session.rollback()
                return False
            return True

        return leave

    left = together(app, [leaves(user_id) for user_id in both])
    assert sorted(left) == [False, True]
    assert stored(select(User.id).where(User.role == Role.ADMIN, User.is_active)) == [both[left.index(False)]]


def test_deactivating_ends_the_sessions_and_leaves_the_records_alone(
    people: People, call: Any, stored: Stored, password: str
) -> None:
    call(timedelta(hours=48))
    before = [repr((row.coverage_user_id, row.due_at, row.done_at)) for row in stored(select(FollowUp))]
    rows = stored(select(Reminder.status))
    accounts.sign_in(people.cover.email, password)
    accounts.deactivate(people.cover.id, by=people.admin, now=NOW)
    accounts.deactivate(people.cover.id, by=people.admin, now=NOW)
    assert stored(select(SignIn)) == []
    assert [repr((row.coverage_user_id, row.due_at, row.done_at)) for row in stored(select(FollowUp))] == before
    assert stored(select(Reminder.status)) == rows == ["pending"] * 3
    accounts.reactivate(people.cover.id, by=people.admin, now=NOW)
    assert accounts.sign_in(people.cover.email, password) is not None
    assert sorted(change[0] for change in changes_of(stored, people.cover.id)) == ["deactivated", "reactivated"]


def test_reset_password_works_and_ends_every_session(people: People, stored: Stored, password: str) -> None:
    accounts.sign_in(people.cover.email, password)
    other = accounts.sign_in(people.outsider.email, password)
    given = accounts.reset_password(people.cover.id, by=people.admin, now=NOW)
    assert stored(select(SignIn.user_id)) == [other.id]
    assert accounts.sign_in(people.cover.email, password) is None
    assert accounts.sign_in(people.cover.email, given) is not None
    assert changes_of(stored, people.cover.id) == [("password", people.admin.id, "Bea Soto", {})]
    kept = " ".join(repr(row.__dict__) for model in (User, AuditEntry) for row in stored(select(model)))
    assert given not in kept


@BOTH_DATABASES
def test_a_sign_in_whose_password_is_reset_while_it_is_checked_is_none(
    app: Flask, people: People, stored: Stored, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*given: str) -> bool:
        right = check_password_hash(*given)
        with app.app_context():
            accounts.reset_password(people.cover.id, by=people.admin, now=NOW)
        return right

    monkeypatch.setattr(hashing, "check_password_hash", check)
    assert accounts.sign_in(people.cover.email, password) is None
    assert stored(select(SignIn.id)) == []


@BOTH_DATABASES
def test_a_password_that_is_reset_while_it_is_changed_stays_the_reset_one(
    app: Flask, people: People, stored: Stored, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def check(*typed: str) -> bool:
        right = check_password_hash(*typed)
        with app.app_context():
            given.append(accounts.reset_password(people.cover.id, by=people.admin, now=NOW))
        return right

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(hashing, "check_password_hash", check)
        refusal = refused(lambda: accounts.change_password(password, "otra muy larga", by=people.cover, now=NOW))
    assert isinstance(refusal, FieldError) and refusal.field == "present"
    assert accounts.sign_in(people.cover.email, "otra muy larga") is None
    assert accounts.sign_in(people.cover.email, given[0]) is not None


def test_an_unknown_address_is_checked_like_a_known_one(people: People, password: str) -> None:
    known, unknown = hashing.hashed(password), hashing.nobodys()
    assert [part.count("") for part in unknown.split("$")] == [part.count("") for part in known.split("$")]
    assert unknown.split("$")[0] == known.split("$")[0]
    assert (hashing.matches(known, password), hashing.matches(unknown, password)) == (True, False)


def test_hashing_runs_a_few_at_a_time_and_gives_up_after_its_timeout(
    people: People, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, seen = [], Barrier(hashing.AT_ONCE)

    def check(*_typed: str) -> bool:
        at_once.append(1)
        seen.wait(timeout=10)
        return True

    monkeypatch.setattr(hashing, "check_password_hash", check)
    with ThreadPoolExecutor(hashing.AT_ONCE) as pool:
        done = [pool.submit(hashing.matches, "", "") for _ in range(hashing.AT_ONCE)]
        assert [one.result(timeout=10) for one in done] == [True] * hashing.AT_ONCE
        seen = Barrier(hashing.AT_ONCE + 1)
        held = [pool.submit(hashing.matches, "", "") for _ in range(hashing.AT_ONCE)]
        wait_until(lambda: len(at_once) == 2 * hashing.AT_ONCE)
        monkeypatch.setattr(hashing, "PATIENCE", 0.01)
        assert isinstance(refused(lambda: accounts.sign_in(people.cover.email, password)), Overloaded)
        assert len(at_once) == 2 * hashing.AT_ONCE
        seen.wait(timeout=10)
        assert [one.result(timeout=10) for one in held] == [True] * hashing.AT_ONCE


def test_what_becomes_of_a_contact_is_remembered(people: People, stored: Stored) -> None:
    made = contacts.create(uuid4(), {"name": "Ahmed", "phone": ""}, by=people.responsible, now=NOW)
    contacts.save(made.id, {"name": "Ahmed", "phone": "600"}, by=people.cover, now=NOW)
    contacts.save(made.id, {"name": "Ahmed"}, by=people.cover, now=NOW)
    contacts.delete(made.id, by=people.outsider, now=NOW)
    kept = stored(select(AuditEntry).where(AuditEntry.entity_type == "contact"))
    assert sorted((change.action, change.by_user_id, change.subject, str(change.values)) for change in kept) == sorted(
        [
            ("created", people.responsible.id, "Ahmed", "{'name': [None, 'Ahmed']}"),
            ("updated", people.cover.id, "Ahmed", "{'phone': [None, '600']}"),
            ("deleted", people.outsider.id, "Ahmed", "{}"),
        ]
    )


@BOTH_DATABASES
def test_changes_of_one_second_stay_in_their_order(people: People, stored: Stored) -> None:
    for number in range(20):
        moment = NOW + timedelta(microseconds=1000 * (number // 2))
        accounts.save(people.cover.id, {"name": f"Bea {number:02d}"}, by=people.admin, now=moment)
    assert [subject for _, _, subject, _ in changes_of(stored, people.cover.id)] == [f"Bea {n:02d}" for n in range(20)]
