"""Many records at once: checked by the rules of a save, written all or nothing, and equal to what saves make."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from coverage_app.clock import utcnow
from coverage_app.enums import EntityType
from coverage_app.errors import AlreadyExists, Conflict, FieldError, NotFound
from coverage_app.extensions import db
from coverage_app.models import AuditEntry, Call, Contact, FollowUp, Import, ImportPart, Task, User
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts, bulk, contacts, imports, reconcile, records, retention
from coverage_app.services.entities import CALL, TASK
from coverage_app.services.imports import leases, limits, validate, write
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.files import TakeIn, columns, csv_of, said, standing
from tests.fixtures.people import People

pytestmark = BOTH_DATABASES

NOW = utcnow().replace(second=0, microsecond=0)
H = timedelta(hours=1)
Stored = Callable[..., list[Any]]
Work = Callable[[], None]
# What differs between two makings of the same: ids, and the moment of the making.
OF_THE_MAKING = ("id", "entity_id", "created_at", "updated_at", "at", "created_by_user_id")


def local(at: datetime) -> str:
    """As people of Madrid write it, with its offset so that a change of the clocks cannot matter."""
    return f"{at:%Y-%m-%d %H:%M}Z"


@pytest.fixture
def twin(people: People) -> Contact:
    """Another contact, of whom only the e-mail is known to be theirs."""
    made = Contact(name="Luis Gil", email="luis@example.com", phone="+34 611 111 111", note=None)
    db.session.add(made)
    db.session.commit()
    return made


def accepted(take_in: TakeIn, work: Work, people: People, file: bytes, kind: EntityType = EntityType.CALL) -> UUID:
    import_id = take_in(file, kind)
    work()
    assert standing(import_id, people.responsible)[0] == "checked", (said(import_id), standing(import_id, people.cover))
    imports.accept(import_id, by=people.responsible)
    work()
    return import_id


def everything(stored: Stored, model: Any) -> list[list[dict[str, Any]]]:
    """Every row that follows from records of ``model``."""
    return [columns(stored(select(kind)), *OF_THE_MAKING) for kind in (model, FollowUp, Row, AuditEntry)]


def forget_all() -> None:
    for model in (Call, Task, FollowUp, Row, AuditEntry):
        db.session.execute(model.__table__.delete())
    db.session.commit()


def test_a_file_of_calls_makes_what_as_many_saves_make(
    take_in: TakeIn, work: Work, people: People, contact: Contact, twin: Contact, stored: Stored
) -> None:
    heading = (
        "Contacto;Cuándo;Quién llamó;Duración;Teléfono de esta llamada;Resultado;Nota;Próxima llamada;Próxima acción;"
        "Qué hay que hacer;Próxima acción hecha;Responsable;Cobertura"
    )
    day, soon = NOW + 30 * H, NOW + timedelta(minutes=40)
    file = csv_of(
        f'María Pérez;{local(NOW)};Llamó el contacto;12:30;\'+34 600;Interesada;"una\r\ndos";{local(day)};;;;;Bea Soto',
        f"LUIS@example.com;{local(NOW - H)};out;;;;;{local(day)};{local(soon)};Enviar el contrato;;"
        f"{people.outsider.id};bea@example.com",
        f"{contact.id};{local(NOW)};;;;;;;{local(NOW - 5 * H)};Ya hecho;{local(NOW - 4 * H)};Ana Ruiz;Carlos Vidal",
        f"luis@example.com;{local(NOW)};;;;;;;;;;;",
        heading=heading,
    )
    accepted(take_in, work, people, file)
    imported = everything(stored, Call)
    assert reconcile.run(utcnow()) == reconcile.Found(checked=4)
    forget_all()
    saves: list[dict[str, Any]] = [
        {"entity_id": contact.id, "called_at": NOW, "direction": "in", "duration": 750, "phone": "+34 600",
         "result": "Interesada", "note": "una\r\ndos", "proxima_llamada_fecha": day,
         "coverage_user_id": people.cover.id},
        {"entity_id": twin.id, "called_at": NOW - H, "direction": "out", "proxima_llamada_fecha": day,
         "proxima_accion_fecha": soon, "proxima_accion": "Enviar el contrato",
         "responsible_user_id": people.outsider.id, "coverage_user_id": people.cover.id},
        {"entity_id": contact.id, "called_at": NOW, "proxima_accion_fecha": NOW - 5 * H,
         "proxima_accion": "Ya hecho", "proxima_accion_done_at": NOW - 4 * H,
         "responsible_user_id": people.responsible.id, "coverage_user_id": people.outsider.id},
        {"entity_id": twin.id, "called_at": NOW},
    ]  # fmt: skip
    for changes in saves:
        records.create(CALL, uuid4(), changes, by=people.responsible, now=utcnow())
    saved = everything(stored, Call)
    assert imported == saved
    assert [len(rows) for rows in saved] == [4, 4, 7, 4]


def test_a_file_of_tasks_makes_what_as_many_saves_make(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    due = NOW + 30 * H
    file = csv_of(
        f'"File the appeal, and pay";María Pérez;{local(due)};;Bea Soto',
        f"Already done;;;{local(NOW - H)};",
        heading="What is to be done,Contact,To be done by,Done,Cover",
    ).replace(b";", b",")
    accepted(take_in, work, people, file, EntityType.TASK)
    imported = everything(stored, Task)
    forget_all()
    saves: list[dict[str, Any]] = [
        {"text": "File the appeal, and pay", "entity_id": contact.id, "complete_till": due,
         "coverage_user_id": people.cover.id},
        {"text": "Already done", "is_completed": True, "completed_at": NOW - H},
    ]  # fmt: skip
    for changes in saves:
        records.create(TASK, uuid4(), changes, by=people.responsible, now=utcnow())
    saved = everything(stored, Task)
    assert imported == saved
    assert [len(rows) for rows in saved] == [2, 1, 3, 2]


def test_refused_lines_are_reported_with_their_column_and_not_written(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    db.session.add(Contact(name="María Pérez", phone="611 111 111"))
    db.session.commit()
    day = "03/12/2026 10:00"
    lines = {
        f"maria.perez@example.com;{day};Ana Ruiz;Bea Soto": None,
        f"María Pérez;{day};;": ("Contacto", "Más de un contacto se llama María Pérez: escribe el correo."),
        f"Nadie;{day};;": ("Contacto", "No hay ningún contacto Nadie. Créalo antes, en Contactos."),
        f";{day};;": ("Contacto", "Elige un contacto de la lista."),
        "maria.perez@example.com;28/03/2027 02:30;;": (
            "Próxima llamada",
            "Esa hora no existe ese día: los relojes se adelantan. Elige una anterior o posterior.",
        ),
        "maria.perez@example.com;31/10/2027 02:30;;Bea Soto": (
            "Próxima llamada",
            "Ese día los relojes marcan esta hora dos veces. Se ha tomado la primera.",
        ),
        "maria.perez@example.com;mañana;;": (
            "Próxima llamada",
            "Escribe una fecha y una hora, por ejemplo 03/12/2026 10:00, entre 2000 y 2100.",
        ),
        "maria.perez@example.com;12/31/2026 10:00;;": (
            "Próxima llamada",
            "Escribe una fecha y una hora, por ejemplo 03/12/2026 10:00, entre 2000 y 2100.",
        ),
        f"maria.perez@example.com;{day};;Carlos Vidal": (
            "Cobertura",
            "Carlos Vidal ya no está en activo. Elige a otra persona.",
        ),
        f"maria.perez@example.com;{day};;Ana Ruiz": (
            "Cobertura",
            "La cobertura tiene que ser alguien distinto del responsable.",
        ),
        f"maria.perez@example.com;{day};Nadie;": ("Responsable", "En el equipo no hay nadie que sea Nadie."),
        f"maria.perez@example.com;{day}": (None, "Esta línea tiene 2 celdas; el encabezado, 4."),
        f"maria.perez@example.com;{day};;;;de más": (None, "Esta línea tiene 6 celdas; el encabezado, 4."),
    }
    import_id = take_in(csv_of(*lines))
    work()
    expected = [(number, *message) for number, message in enumerate(lines.values(), 2) if message]
    assert said(import_id) == expected
    assert standing(import_id, people.responsible) == ("checked", 13, 11, None)
    with pytest.raises(imports.InvalidState):
        imports.accept(import_id, by=people.responsible)
    work()
    assert (stored(select(Call)), stored(select(AuditEntry.entity_type).where(AuditEntry.entity_type == "call"))) == (
        [],
        [],
    )


def test_telephone_distinguishes_two_contacts_of_one_name(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    db.session.add(Contact(name="María Pérez", phone="611 11-11-11"))
    db.session.commit()
    accepted(take_in, work, people, csv_of("María Pérez;'+34 600 000 000", heading="Contact;Telephone"))
    assert [(call.entity_id, call.phone) for call in stored(select(Call))] == [(contact.id, None)]


def test_writing_reports_each_line_that_changed_since_validation(
    take_in: TakeIn, work: Work, people: People, contact: Contact, twin: Contact, stored: Stored
) -> None:
    day = local(NOW + 30 * H)
    import_id = take_in(
        csv_of(
            f"María Pérez;{day};;Bea Soto",
            f"Luis Gil;{day};;Carlos Vidal",
            f"María Pérez;{day};;Carlos Vidal",
        )
    )
    work()
    imports.accept(import_id, by=people.responsible)
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    contacts.delete(twin.id, by=people.admin, now=utcnow())
    work()
    assert standing(import_id, people.responsible) == ("failed", 3, 2, None)
    assert [(line, column) for line, column, _ in said(import_id)] == [(3, "Cobertura"), (4, "Cobertura")]
    assert (stored(select(Call)), stored(select(FollowUp)), stored(select(Row))) == ([], [], [])


def test_what_changes_during_the_writing_is_seen_before_the_commit(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = take_in(csv_of(f"María Pérez;{local(NOW + 30 * H)};;Bea Soto"))
    work()
    imports.accept(import_id, by=people.responsible)
    everybody, read = write.lookup.everybody, []

    def just_too_early() -> Any:
        found = everybody()
        if not read:  # as if somebody else had been faster than the rest of the writing
            db.session.commit()
            accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
        read.append(found)
        return [_as_it_was(person) for person in found] if len(read) == 1 else found

    monkeypatch.setattr(write.lookup, "everybody", just_too_early)
    work()
    assert len(read) == 2
    assert standing(import_id, people.responsible)[:3] == ("failed", 1, 1)
    assert stored(select(Call)) == []


def _as_it_was(person: User) -> User:
    """Everybody active, of no session."""
    values = {column.name: getattr(person, column.name) for column in User.__table__.columns}
    return User(**values | {"is_active": True})


def test_failed_write_leaves_nothing_is_retried_and_then_given_up(
    take_in: TakeIn, work: Work, app: Flask, people: People, contact: Contact, stored: Stored, monkeypatch: Any
) -> None:
    monkeypatch.setattr(validate, "CHUNK", 1)
    import_id = take_in(csv_of(*[f"María Pérez;{local(NOW + 30 * H)};;Bea Soto"] * 3))
    work()
    imports.accept(import_id, by=people.responsible)
    store, stored_chunks = bulk.InsertBatch.store, []

    def breaks_at_the_third(chunk: bulk.InsertBatch) -> None:
        stored_chunks.append(chunk)
        if len(stored_chunks) % 3 == 0:
            raise OSError("disk full")
        store(chunk)

    monkeypatch.setattr(bulk.InsertBatch, "store", breaks_at_the_third)
    db.session.commit()
    for _ in range(5):
        with app.app_context(), pytest.raises(OSError, match="disk full"):
            imports.work(utcnow(), lambda: False, lease=timedelta(seconds=-1))
        assert (stored(select(Call)), stored(select(AuditEntry).where(AuditEntry.entity_type == "call"))) == ([], [])
        assert standing(import_id, people.responsible)[0] == "writing"
    with app.app_context():
        assert imports.work(utcnow(), lambda: False, lease=timedelta(seconds=-1))
    state, _, _, problem = standing(import_id, people.responsible)
    assert (state, problem) == (
        "failed",
        "Se ha intentado varias veces sin llegar al final. Avisa a quien cuida de este programa.",
    )


def test_a_check_that_was_left_is_taken_up_where_it_was(
    take_in: TakeIn, work: Work, app: Flask, people: People, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "CHUNK", 2)
    import_id = take_in(csv_of(*["María Pérez;;;"] * 5, "Nadie;;;"))
    steps = iter([False, False, True])
    db.session.commit()
    with app.app_context():
        imports.work(utcnow(), lambda: next(steps))
    left = db.session.get_one(Import, import_id, populate_existing=True)
    assert (left.state, left.lines, left.checked, left.refused, left.claim_token) == ("checking", 6, 4, 0, None)
    db.session.commit()
    validated: list[int] = []
    usual = validate._validate_chunk
    monkeypatch.setattr(validate, "_validate_chunk", lambda *given: validated.append(given[1]) or usual(*given))
    work()
    assert validated == [2]
    assert standing(import_id, people.responsible) == ("checked", 6, 1, None)
    assert [line for line, _, _ in said(import_id)] == [7]


def test_import_is_leased_by_one_worker_and_the_one_that_lost_it_stops(
    take_in: TakeIn, app: Flask, people: People, contact: Contact
) -> None:
    import_id = take_in(csv_of("María Pérez;;;"))
    lease = timedelta(minutes=2)
    first = leases.claim(utcnow(), lease)
    assert first is not None and first.import_id == import_id
    assert leases.claim(utcnow(), lease) is None
    second = leases.claim(utcnow() + timedelta(minutes=3), lease)
    assert second is not None
    for act in (lambda: first.note(lines=7), lambda: first.end(imports.ImportState.CHECKED)):
        with pytest.raises(leases.Lost):
            act()
        db.session.rollback()
    imports.discard(import_id, by=people.responsible)
    with pytest.raises(leases.Lost):
        second.note(lines=7)
    db.session.rollback()
    assert standing(import_id, people.responsible)[:2] == ("discarded", None)


def test_accepting_an_import_is_for_its_owner_and_idempotent(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    import_id = take_in(csv_of("María Pérez;;;"))
    for other in (people.cover, people.admin):
        for act in (imports.one, imports.accept, imports.discard):
            with pytest.raises(NotFound):
                act(import_id, by=other)
    with pytest.raises(imports.InvalidState):
        imports.accept(import_id, by=people.responsible)
    work()
    for _ in range(2):
        assert imports.accept(import_id, by=people.responsible).state == "writing"
    with pytest.raises(imports.InvalidState):
        imports.discard(import_id, by=people.responsible)
    work()
    assert imports.accept(import_id, by=people.responsible).state == "written"
    assert len(stored(select(Call))) == 1
    given_up = take_in(csv_of("María Pérez;;;"))
    for _ in range(2):
        assert imports.discard(given_up, by=people.responsible).state == "discarded"
    with pytest.raises(imports.InvalidState):
        imports.accept(given_up, by=people.responsible)
    with pytest.raises(AlreadyExists):
        now = utcnow()
        imports.upload(EntityType.CALL, BytesIO(csv_of("")), by=people.responsible, now=now, import_id=given_up)


def test_import_of_a_deactivated_person_is_not_written(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    import_id = take_in(csv_of("María Pérez;;;"), by=people.outsider)
    work()
    imports.accept(import_id, by=people.outsider)
    accounts.deactivate(people.outsider.id, by=people.admin, now=utcnow())
    work()
    assert standing(import_id, people.outsider)[0] == "failed"
    assert stored(select(Call)) == []


@ON_SQLITE
def test_a_person_has_few_imports_at_a_time_and_old_ones_are_forgotten(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    for _ in range(limits.MOST_OPEN):
        import_id = take_in(csv_of("María Pérez;;;"))
    with pytest.raises(FieldError):
        take_in(csv_of("María Pérez;;;"))
    take_in(csv_of("María Pérez;;;"), by=people.cover)
    imports.discard(import_id, by=people.responsible)
    work()
    gone = retention.delete_expired(utcnow() + timedelta(days=31))
    assert gone["imports"] == limits.MOST_OPEN + 1
    assert stored(select(Import)) == []


@pytest.mark.parametrize(
    ("quota", "most", "words"),
    [
        ("MOST_OPEN", 2, "Tienes 2 importaciones"),
        ("MOST_A_DAY", 2, "Has enviado 2 archivos en 24 horas"),
        ("MOST_KEPT", 200, "Los archivos de tus importaciones ocuparían más de"),
    ],
)
def test_an_import_beyond_a_quota_is_refused_and_leaves_nothing(
    take_in: TakeIn, people: People, stored: Stored, monkeypatch: pytest.MonkeyPatch, quota: str, most: int, words: str
) -> None:
    monkeypatch.setattr(limits, quota, most)
    file = csv_of("María Pérez;;;")
    first, _second = take_in(file), take_in(file)
    with pytest.raises(FieldError) as refusal:
        take_in(file)
    assert (refusal.value.field, str(refusal.value.sentence)[: len(words)]) == ("file", words)
    assert (len(stored(select(Import))), len(stored(select(ImportPart)))) == (2, 2)
    take_in(file, by=people.cover)
    if quota == "MOST_A_DAY":
        db.session.execute(update(Import).values(created_at=utcnow() - timedelta(hours=25)))
    imports.discard(first, by=people.responsible)
    take_in(file)


@pytest.mark.usefixtures("contact")
def test_discarding_an_import_deletes_its_file(take_in: TakeIn, people: People, stored: Stored) -> None:
    discarded, kept = take_in(csv_of("María Pérez;;;")), take_in(csv_of("María Pérez;;;"))
    imports.discard(discarded, by=people.responsible)
    assert stored(select(ImportPart.import_id)) == [kept]


@pytest.fixture
def writes(app: Flask) -> Iterator[list[str]]:
    """The statements that insert, as they are sent."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT"):
            found.append(statement.split()[2])

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_writing_is_set_wise(
    take_in: TakeIn, work: Work, people: People, contact: Contact, writes: list[str]
) -> None:
    import_id = take_in(csv_of(*[f"María Pérez;{local(NOW + 30 * H)};;Bea Soto"] * 200))
    work()
    imports.accept(import_id, by=people.responsible)
    writes.clear()
    work()
    assert sorted(writes) == ["calls", "changes", "follow_ups", "notification_schedules"]


@ON_POSTGRESQL
def test_people_and_contacts_can_be_changed_while_an_import_is_written(
    app: Flask, take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored, monkeypatch: Any
) -> None:
    import_id = take_in(csv_of(f"María Pérez;{local(NOW + 30 * H)};;Bea Soto"))
    work()
    imports.accept(import_id, by=people.responsible)
    inserted, go_on, still = Event(), Event(), write._Attempt._people_unchanged

    def waits(attempt: Any, active: Any) -> bool:
        inserted.set()
        assert go_on.wait(20)
        return still(attempt, active)

    def write_import() -> None:
        with app.app_context():
            imports.work(utcnow(), lambda: False)

    monkeypatch.setattr(write._Attempt, "_people_unchanged", waits)
    with ThreadPoolExecutor() as pool:
        writer = pool.submit(write_import)
        assert inserted.wait(20)
        began = time.monotonic()
        contacts.save(contact.id, {"phone": "+34 699"}, by=people.admin, now=utcnow())
        accounts.save(people.cover.id, {"name": "Beatriz Soto"}, by=people.admin, now=utcnow())
        given = {"entity_id": contact.id, "called_at": NOW, "coverage_user_id": people.cover.id}
        records.create(CALL, uuid4(), given, by=people.responsible, now=utcnow())
        with pytest.raises(Conflict):
            contacts.delete(contact.id, by=people.admin, now=utcnow())
        assert time.monotonic() - began < 2
        go_on.set()
        writer.result()
    assert standing(import_id, people.responsible)[0] == "written"
    assert len(stored(select(Call))) == 2
