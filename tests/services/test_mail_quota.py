"""One person makes few mails go to one colleague in a minute; nobody else's, and no file's, count."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Call, Contact, User
from coverage_app.models import Reminder as Row
from coverage_app.services import imports, mail_quota, records
from coverage_app.services.entities import CALL
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

NOW = utcnow().replace(second=0, microsecond=0)
DUE = NOW + timedelta(days=3)
SENTENCE = "Bea Soto recibiría más de 2 recordatorios tuyos en el mismo minuto: "
Stored = Callable[..., list[Any]]
Save = Callable[..., Call]


@pytest.fixture(autouse=True)
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_quota, "MOST", 2)


@pytest.fixture
def save(people: People, contact: Contact) -> Save:
    """Makes a call that is due at a moment; Ana's, covered by Bea, unless said otherwise."""

    def made(due: datetime = DUE, by: User = people.responsible, **changes: Any) -> Call:
        given = {"entity_id": contact.id, "called_at": NOW, "coverage_user_id": people.cover.id}
        given |= {"proxima_llamada_fecha": due, "responsible_user_id": people.responsible.id}
        record: Call = records.create(CALL, uuid4(), given | changes, by=by, now=NOW).record
        return record

    return made


def refused(act: Callable[[], Any]) -> str:
    """The field at which it was."""
    with pytest.raises(FieldError) as refusal:
        act()
    sentence = str(refusal.value.sentence)
    assert sentence.startswith(SENTENCE), sentence
    db.session.commit()
    return refusal.value.field


def test_a_save_that_sends_one_too_many_in_a_minute_changes_nothing(save: Save, people: People, stored: Stored) -> None:
    save()
    save(DUE + timedelta(seconds=59))
    assert refused(save) == "coverage_user_id"
    assert [stored(select(func.count()).select_from(table)) for table in (Call, Row)] == [[2], [6]]
    save(DUE + timedelta(seconds=60))
    save(coverage_user_id=people.outsider.id)
    save(by=people.admin)


def test_a_date_or_a_cover_that_is_changed_counts_as_one_that_is_new(
    save: Save, people: People, stored: Stored
) -> None:
    later, others = save(DUE + timedelta(hours=5)), save(coverage_user_id=people.outsider.id)
    save(), save()
    for record, change in (
        (later, {"proxima_llamada_fecha": DUE}),
        (others, {"coverage_user_id": people.cover.id}),
        (later, {"proxima_accion_fecha": DUE, "proxima_accion": "x"}),
    ):
        assert refused(lambda record=record, change=change: records.save(
            CALL, record.id, change, by=people.responsible, now=NOW
        )) == "coverage_user_id"  # fmt: skip
    assert stored(select(Call.version).where(Call.id.in_([later.id, others.id]))) == [1, 1]
    assert stored(select(AuditEntry.action).where(AuditEntry.action != "created")) == []


def test_what_is_done_and_opened_again_counts_too(save: Save, people: People) -> None:
    done = save()
    records.complete(CALL, done.id, "next_call", done=True, by=people.responsible, now=NOW)
    save(), save()
    act = lambda: records.complete(CALL, done.id, "next_call", done=False, by=people.responsible, now=NOW)  # noqa: E731
    assert refused(act) == "coverage_user_id"


def test_quota_counts_mails_sent_in_the_minute_but_not_cancelled_ones(
    save: Save, people: People, stored: Stored
) -> None:
    save(), save()
    db.session.execute(Row.__table__.update().values(status="sent", sent=True, sent_at=NOW))
    assert refused(save) == "coverage_user_id"
    for record in (save(DUE + timedelta(hours=1)), save(DUE + timedelta(hours=1))):
        records.delete(CALL, record.id, by=people.responsible, now=NOW)
    save(DUE + timedelta(hours=1)), save(DUE + timedelta(hours=1))


def test_a_file_is_not_counted(
    save: Save, take_in: TakeIn, work: Callable[[], None], people: People, contact: Contact, stored: Stored
) -> None:
    import_id = take_in(csv_of(*[f"María Pérez;{DUE:%Y-%m-%d %H:%M}Z;;Bea Soto"] * 5))
    work()
    imports.accept(import_id, by=people.responsible)
    work()
    save(), save()
    assert refused(save) == "coverage_user_id"
    assert stored(select(func.count()).select_from(Call)) == [7]
