"""Which reminders exist after each change of a call (docs/contract.md#which-reminders-exist), and no others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.errors import AlreadyExists, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, User
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts, records
from coverage_app.services.entities import CALL
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

H, MIN = timedelta(hours=1), timedelta(minutes=1)
NOW = utcnow().replace(microsecond=0)


@pytest.fixture
def make(app: Flask, people: People, contact: Contact) -> Callable[..., UUID]:
    """Saves a new call covered by Bea; returns its id."""

    def made(**changes: Any) -> UUID:
        given = {"entity_id": contact.id, "called_at": NOW, "coverage_user_id": people.cover.id} | changes
        return records.create(CALL, uuid4(), given, by=people.responsible, now=NOW).record.id

    return made


@pytest.fixture
def rows(stored: Callable[..., list[Any]]) -> Callable[[], list[Row]]:
    return lambda: stored(select(Row).order_by(Row.event_kind, Row.scheduled_send_at))


def labels(rows: list[Row]) -> list[str]:
    return [f"{row.event_kind} {row.notification_type} {row.status}" for row in rows]


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (25 * H, ["24h_before", "1h_before", "15min_before"]),
        (24 * H, ["1h_before", "15min_before"]),
        (2 * H, ["1h_before", "15min_before"]),
        (30 * MIN, ["15min_before"]),
        (10 * MIN, []),
        (-1 * H, []),
    ],
)
def test_only_lead_times_still_ahead_are_planned(ahead: timedelta, expected: list[str], make: Any, rows: Any) -> None:
    make(proxima_llamada_fecha=NOW + ahead)
    assert [row.notification_type for row in rows()] == expected
    assert all(row.scheduled_send_at == row.next_attempt_at > NOW for row in rows())


def test_a_call_with_both_dates_has_six(make: Any, rows: Any) -> None:
    make(proxima_llamada_fecha=NOW + 25 * H, proxima_accion_fecha=NOW + 50 * H)
    assert len(rows()) == 6
    assert {row.event_kind for row in rows()} == {"next_call", "next_action"}


def test_without_a_cover_there_are_follow_ups_but_no_reminders(make: Any, rows: Any, stored: Any) -> None:
    make(proxima_llamada_fecha=NOW + 25 * H, coverage_user_id=None)
    assert rows() == []
    assert [(f.event_kind, f.coverage_user_id) for f in stored(select(FollowUp))] == [("next_call", None)]


def test_another_note_changes_no_row(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    before = {(row.id, row.updated_at) for row in rows()}
    records.save(CALL, call, {"note": "Quiere saber del NIE"}, by=people.outsider, now=NOW + H)
    assert {(row.id, row.updated_at) for row in rows()} == before


def test_another_note_loses_no_overdue_row(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    before = {row.id for row in rows()}
    records.save(CALL, call, {"note": "Sin correo desde ayer"}, by=people.outsider, now=NOW + 26 * H)
    assert {row.id for row in rows()} == before


def test_another_date_deletes_the_waiting_rows_and_makes_new_ones(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    before = {row.id for row in rows()}
    records.save(CALL, call, {"proxima_llamada_fecha": NOW + 2 * H}, by=people.responsible, now=NOW)
    assert [(row.notification_type, row.event_due_date) for row in rows()] == [
        ("1h_before", NOW + 2 * H),
        ("15min_before", NOW + 2 * H),
    ]
    assert before.isdisjoint(row.id for row in rows())


def test_another_colleague_gets_rows_of_their_own(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    records.save(CALL, call, {"coverage_user_id": people.outsider.id}, by=people.responsible, now=NOW)
    assert {row.coverage_user_id for row in rows()} == {people.outsider.id}
    assert len(rows()) == 3


def test_what_was_sent_stays_and_is_not_planned_again(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    first = rows()[0]
    db.session.get(Row, first.id).status = "sent"
    db.session.get(Row, first.id).sent = True
    db.session.commit()
    records.save(CALL, call, {"proxima_llamada_fecha": NOW + 26 * H}, by=people.responsible, now=NOW)
    records.save(CALL, call, {"proxima_llamada_fecha": NOW + 25 * H}, by=people.responsible, now=NOW)
    assert labels(rows()) == [
        "next_call 24h_before sent",
        "next_call 1h_before pending",
        "next_call 15min_before pending",
    ]


def test_done_removes_what_waited_and_undoing_brings_back_what_is_ahead(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H, proxima_accion_fecha=NOW + 2 * H)
    records.complete(CALL, call, "next_call", done=True, by=people.cover, now=NOW)
    assert {row.event_kind for row in rows()} == {"next_action"}
    saved = records.complete(CALL, call, "next_call", done=False, by=people.cover, now=NOW + 24 * H + 50 * MIN)
    assert [row.notification_type for row in rows() if row.event_kind == "next_call"] == []
    assert saved.made == []
    records.complete(CALL, call, "next_call", done=True, by=people.cover, now=NOW)
    records.complete(CALL, call, "next_call", done=False, by=people.cover, now=NOW + 2 * H)
    assert [row.notification_type for row in rows() if row.event_kind == "next_call"] == ["1h_before", "15min_before"]


def test_another_date_clears_the_done_mark(make: Any, people: People, stored: Any) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    records.complete(CALL, call, "next_call", done=True, by=people.cover, now=NOW)
    records.save(CALL, call, {"proxima_llamada_fecha": NOW + 30 * H}, by=people.cover, now=NOW)
    assert [c.proxima_llamada_done_at for c in stored(select(Call))] == [None]
    assert [f.done_at for f in stored(select(FollowUp))] == [None]


def test_clearing_the_date_ends_the_follow_up(make: Any, rows: Any, people: People, stored: Any) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    records.save(CALL, call, {"proxima_llamada_fecha": None}, by=people.cover, now=NOW)
    assert (rows(), stored(select(FollowUp))) == ([], [])


def test_deleting_a_call_leaves_its_history_alone(make: Any, rows: Any, people: People, stored: Any) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    first = db.session.get(Row, rows()[0].id)
    first.status, first.sent = "sent", True
    db.session.commit()
    records.delete(CALL, call, by=people.responsible, now=NOW)
    assert labels(rows()) == ["next_call 24h_before sent"]
    assert (stored(select(Call)), stored(select(FollowUp))) == ([], [])


def test_a_claimed_row_is_left_to_its_worker(make: Any, rows: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 30 * MIN)
    claimed = db.session.get(Row, rows()[0].id)
    claimed.status = "sending"
    db.session.commit()
    records.save(CALL, call, {"proxima_llamada_fecha": None}, by=people.responsible, now=NOW)
    assert labels(rows()) == ["next_call 15min_before sending"]


def test_new_reminder_row_has_its_subject_and_text(make: Any, rows: Any) -> None:
    make(proxima_llamada_fecha=NOW + 25 * H)
    assert [row.subject for row in rows()] == [
        "Recordatorio: Próxima llamada - María Pérez en 24 horas",
        "Recordatorio: Próxima llamada - María Pérez en 1 hora",
        "Recordatorio: Próxima llamada - María Pérez en 15 minutos",
    ]
    assert all("María Pérez, +34 600 000 000" in row.message_body for row in rows())


def test_duplicate_form_makes_one_record(app: Flask, people: People, contact: Contact, stored: Any) -> None:
    given = {"entity_id": contact.id, "called_at": NOW}
    one = uuid4()
    records.create(CALL, one, given, by=people.responsible, now=NOW)
    with pytest.raises(AlreadyExists):
        records.create(CALL, one, given, by=people.responsible, now=NOW)
    assert [call.id for call in stored(select(Call))] == [one]


@pytest.mark.parametrize("changes", [{"responsible_user_id": None}, {"entity_id": None}, {"entity_id": uuid4()}])
def test_the_responsible_and_the_contact_are_never_empty(make: Any, changes: dict[str, Any], rows: Any) -> None:
    with pytest.raises(FieldError) as refusal:
        make(proxima_llamada_fecha=NOW + 25 * H, **changes)
    assert refusal.value.field == next(iter(changes))
    db.session.rollback()
    assert rows() == []


def test_the_cover_is_real_active_and_somebody_else(make: Any, people: People, stored: Any) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    for wrong in (uuid4(), people.outsider.id, people.responsible.id):
        with pytest.raises(FieldError) as refusal:
            records.save(CALL, call, {"coverage_user_id": wrong}, by=people.responsible, now=NOW)
        assert refusal.value.field == "coverage_user_id"
        db.session.rollback()
    assert [c.coverage_user_id for c in stored(select(Call))] == [people.cover.id]


def test_a_record_may_keep_a_cover_who_was_deactivated_since(make: Any, people: People, stored: Any) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    records.save(CALL, call, {"note": "Sigue siendo Bea"}, by=people.responsible, now=NOW)
    assert [c.note for c in stored(select(Call))] == ["Sigue siendo Bea"]


def test_the_responsible_cannot_become_the_cover_either(make: Any, people: People) -> None:
    call = make(proxima_llamada_fecha=NOW + 25 * H)
    with pytest.raises(FieldError) as refusal:
        records.save(CALL, call, {"responsible_user_id": people.cover.id}, by=people.responsible, now=NOW)
    assert refusal.value.field == "coverage_user_id"
    db.session.rollback()


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_date_outside_this_century_is_refused(make: Any, year: int) -> None:
    with pytest.raises(FieldError) as refusal:
        make(proxima_llamada_fecha=datetime(year, 6, 1, tzinfo=NOW.tzinfo))
    assert refusal.value.field == "proxima_llamada_fecha"
    db.session.rollback()


def test_texts_lose_what_cannot_be_seen(make: Any, stored: Any) -> None:
    make(proxima_accion="Llamar\r\nBcc: x@example.com\x00\x0b\u202e", note="uno\r\ndos\x00\u2028tres")
    call = stored(select(Call))[0]
    assert (call.proxima_accion, call.note) == ("Llamar Bcc: x@example.com", "uno\ndos\ntres")


def test_what_is_gone_is_not_found(app: Flask, people: People) -> None:
    with pytest.raises(NotFound):
        records.save(CALL, uuid4(), {"note": "?"}, by=people.responsible, now=NOW)


def test_a_naive_time_is_refused_where_it_would_be_stored(make: Any) -> None:
    naive = datetime(2027, 1, 1, 10)  # noqa: DTZ001 - that is the point
    with pytest.raises(Exception, match="naive"):
        make(called_at=naive)
    db.session.rollback()


def test_version_counts_the_changes(make: Any, people: People, stored: Any) -> None:
    call = make()
    records.save(CALL, call, {"note": "a"}, by=people.responsible, now=NOW)
    records.save(CALL, call, {"note": "a"}, by=people.responsible, now=NOW)
    assert [c.version for c in stored(select(Call))] == [2]


def test_users_of_a_deactivated_person_are_signed_out(app: Flask, people: People, password: str) -> None:
    user = accounts.sign_in(people.cover.email, password)
    assert user is not None and user.sign_in_id is not None
    assert accounts.signed_in(user.sign_in_id) is not None
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    assert accounts.signed_in(user.sign_in_id) is None
    assert accounts.sign_in(people.cover.email, password) is None
    assert db.session.get(User, people.cover.id) is not None
