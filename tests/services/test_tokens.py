"""Tokens: shown once, kept as a hash, gone when they or their person are."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import Authorization

from coverage_app.clock import utcnow
from coverage_app.enums import Action
from coverage_app.errors import FieldError, NotFound
from coverage_app.models import ApiToken, AuditEntry
from coverage_app.services import accounts, tokens
from tests.fixtures.people import People

Stored = Callable[..., list[Any]]
NOW = utcnow().replace(microsecond=0)


def ended(stored: Stored) -> list[tuple[Any, ...]]:
    """What history says of tokens: (which, whose, by whom)."""
    lines = stored(select(AuditEntry).where(AuditEntry.action == Action.TOKEN_REVOKED).order_by(AuditEntry.id))
    return sorted(((line.note, line.entity_id, line.by_user_id) for line in lines), key=str)


def last_used(app: Flask, token: ApiToken) -> datetime | None:
    with app.app_context():
        return tokens.of(token.user_id)[0].last_used_at


def test_token_is_recognised_by_its_secret_which_is_not_stored(people: People, stored) -> None:
    token, secret = tokens.make(people.responsible, " CRM\n ")
    caller = tokens.recognise(secret, NOW)
    assert caller and (caller.user.id, caller.token.id) == (people.responsible.id, token.id)
    assert len(secret) >= 43
    kept = stored(select(ApiToken))[0]
    assert kept.name == "CRM"
    assert secret not in repr([getattr(kept, column.name) for column in ApiToken.__table__.columns])
    assert [tokens.recognise(other, NOW) for other in ("", secret[:-1], secret + "x", kept.token_hash, "ñ")] == [
        None
    ] * 5


def test_authorization_header_is_read_as_the_standard_writes_it(people: People) -> None:
    secret = tokens.make(people.responsible, "CRM")[1]
    good = (f"Bearer {secret}", f"bearer {secret}", f"BEARER   {secret} ")
    bad = (None, "", "Bearer", "Bearer ", secret, f"Basic {secret}", f"Bearer token={secret}", f"Bearer {secret} x")
    callers = [tokens.authenticate(Authorization.from_header(header), NOW) for header in (*good, *bad)]
    assert [caller is not None for caller in callers] == [True] * len(good) + [False] * len(bad)


def test_log_says_which_token_was_made_and_revoked(people: People, log: Callable[[], str]) -> None:
    token, secret = tokens.make(people.cover, "CRM")
    tokens.revoke(token.id, owner_id=None, by=people.admin, now=NOW)
    made, revoked = map(json.loads, log().splitlines())
    assert (made["event"], made["id"], made["user"]) == ("token.made", str(token.id), str(people.cover.id))
    assert (revoked["event"], revoked["id"], revoked["by"]) == ("token.revoked", str(token.id), str(people.admin.id))
    assert secret not in log()


def test_its_use_is_noted_at_most_hourly(app: Flask, people: People) -> None:
    token, secret = tokens.make(people.responsible, "CRM")
    assert last_used(app, token) is None
    seen = []
    for minutes in (0, 59, 60, 61):
        with app.app_context():
            tokens.recognise(secret, NOW + timedelta(minutes=minutes))
        seen.append(last_used(app, token))
    assert seen == [NOW, NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=1)]


def test_only_its_owner_revokes_it_and_then_it_is_gone(people: People) -> None:
    token, secret = tokens.make(people.responsible, "CRM")
    for somebody, which in ((people.admin, token.id), (people.responsible, uuid4())):
        with pytest.raises(NotFound):
            tokens.revoke(which, owner_id=somebody.id, by=somebody, now=NOW)
    assert tokens.recognise(secret, NOW)
    tokens.revoke(token.id, owner_id=people.responsible.id, by=people.responsible, now=NOW)
    assert (tokens.recognise(secret, NOW), tokens.of(people.responsible.id)) == (None, [])


def test_deactivation_revokes_all_tokens_of_that_person_only(people: People, stored: Stored) -> None:
    hers = [tokens.make(people.cover, name)[1] for name in ("CRM", "script")]
    his = tokens.make(people.outsider, "CRM")[1]
    accounts.deactivate(people.cover.id, by=None, now=NOW)
    assert ended(stored) == [("CRM", people.cover.id, None), ("script", people.cover.id, None)]
    accounts.reactivate(people.cover.id, by=None, now=NOW)
    assert [bool(tokens.recognise(secret, NOW)) for secret in (*hers, his)] == [False, False, True]


@pytest.mark.parametrize("revoke", [True, False])
def test_a_new_password_ends_the_tokens_only_if_so_said(
    people: People, stored: Stored, password: str, revoke: bool
) -> None:
    owners = (people.cover, people.responsible, people.outsider)
    secrets = [tokens.make(owner, "CRM")[1] for owner in owners]
    new = "cuatro palabras al azar"
    changed = accounts.change_password(password, new, by=people.cover, now=NOW, revoke_tokens=revoke)
    accounts.reset_password(people.responsible.id, by=people.admin, now=NOW, revoke_tokens=revoke)
    assert changed.tokens == int(revoke)
    assert [bool(tokens.recognise(secret, NOW)) for secret in secrets] == [not revoke, not revoke, True]
    history = [("CRM", people.cover.id, people.cover.id), ("CRM", people.responsible.id, people.admin.id)]
    assert ended(stored) == (sorted(history, key=str) if revoke else [])


def test_a_token_is_good_until_the_very_moment_it_expires(people: People) -> None:
    _token, secret = tokens.make(people.responsible, "CRM", expires_at=NOW)
    moments = [NOW + timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
    assert [bool(tokens.recognise(secret, moment)) for moment in moments] == [True, False, False]


def test_it_has_a_name_and_there_are_not_too_many(people: People) -> None:
    for name in ("", "  ", "x" * 101):
        with pytest.raises(FieldError):
            tokens.make(people.responsible, name)
    for number in range(tokens.MOST):
        tokens.make(people.responsible, str(number))
    with pytest.raises(FieldError):
        tokens.make(people.responsible, "one more")
    assert len(tokens.of(people.responsible.id)) == tokens.MOST
