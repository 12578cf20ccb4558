"""A call from the form to its own page: saved, described, done, undone, deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app import clock
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, FollowUp, Reminder
from coverage_app.services import records
from coverage_app.services.entities import CALL
from coverage_app.settings import Settings
from tests.fixtures.application import running
from tests.fixtures.people import People
from tests.web.conftest import MakeCall, SignIn
from tests.web.page_reader import Page, get, send

Stored = Callable[..., list[Any]]
MADRID = "Europe/Madrid"


def local(at: datetime) -> str:
    """As a ``datetime-local`` input in Madrid sends it."""
    return f"{clock.to_local(at, MADRID):%Y-%m-%dT%H:%M}"


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def test_a_new_call_is_saved_with_everything_that_was_typed(
    ana: FlaskClient, people: People, contact: Contact, now: datetime, stored: Stored
) -> None:
    typed = {
        "entity_id": str(contact.id),
        "called_at": local(now),
        "direction": "in",
        "phone": "+34 600 111 222",
        "duration": "12:30",
        "result": "Interesada",
        "note": "Línea una\r\nLínea dos",
        "proxima_llamada_fecha": local(now + timedelta(hours=26)),
        "proxima_accion_fecha": local(now + timedelta(hours=50)),
        "proxima_accion": "Enviar el contrato",
        "coverage_user_id": str(people.cover.id),
    }
    page = send(ana, "/calls/new", **typed)
    call = stored(select(Call))[0]
    assert page.path == f"/calls/{call.id}"
    columns = {name: getattr(call, name) for name in (*typed, "responsible_user_id")}
    assert columns == {
        "entity_id": contact.id,
        "called_at": minute(now),
        "direction": "in",
        "phone": "+34 600 111 222",
        "duration": 750,
        "result": "Interesada",
        "note": "Línea una\nLínea dos",
        "proxima_llamada_fecha": minute(now + timedelta(hours=26)),
        "proxima_accion_fecha": minute(now + timedelta(hours=50)),
        "proxima_accion": "Enviar el contrato",
        "coverage_user_id": people.cover.id,
        "responsible_user_id": people.responsible.id,
    }
    assert "Llamada guardada. Hay 6 recordatorios previstos. El próximo saldrá el " in page.words
    assert "Próxima acción: Enviar el contrato" in page.words


def test_only_what_is_required_is_required(ana: FlaskClient, contact: Contact, stored: Stored) -> None:
    page = send(ana, "/calls/new", entity_id=str(contact.id))
    assert page.path == f"/calls/{stored(select(Call.id))[0]}"
    assert "Llamada guardada." in page.words and "recordatorio previsto" not in page.words


def test_a_time_is_echoed_as_the_server_reads_it_with_the_zone(ana: FlaskClient, contact: Contact) -> None:
    page = send(ana, "/calls/new", entity_id=str(contact.id), proxima_llamada_fecha="2027-12-02T10:00")
    assert "jue 2 dic 2027, 10:00, hora de Madrid" in page.words


def test_times_are_read_in_the_zone_of_the_writer(
    app: Flask, people: People, contact: Contact, sign_in: SignIn, stored: Stored
) -> None:
    person = db.session.get_one(type(people.cover), people.outsider.id)
    person.timezone, person.locale = "America/Bogota", "en"
    db.session.commit()
    page = send(sign_in(person), "/calls/new", entity_id=str(contact.id), proxima_llamada_fecha="2027-12-02T10:00")
    assert stored(select(Call.proxima_llamada_fecha)) == [clock.read_local("2027-12-02T16:00", MADRID).at]
    assert "10:00, Bogota time" in page.words


def test_a_date_in_the_past_is_saved_with_a_note(
    ana: FlaskClient, people: People, contact: Contact, stored: Stored
) -> None:
    typed = {"entity_id": str(contact.id), "coverage_user_id": str(people.cover.id)}
    page = send(ana, "/calls/new", **typed, proxima_llamada_fecha="2026-01-02T10:00")
    assert len(stored(select(Call))) == 1 and stored(select(Reminder)) == []
    assert "Próxima llamada: esa fecha ya ha pasado, así que no se enviará ningún recordatorio." in page.words
    again = get(ana, page.path)
    assert "No se enviará ningún recordatorio: la fecha ya ha pasado." in again.words


def test_the_hour_that_comes_twice_in_autumn_is_the_first_and_says_so(
    ana: FlaskClient, contact: Contact, stored: Stored
) -> None:
    page = send(ana, "/calls/new", entity_id=str(contact.id), proxima_llamada_fecha="2027-10-31T02:30")
    assert [f"{at:%d %H:%M}" for at in stored(select(Call.proxima_llamada_fecha))] == ["31 00:30"]
    assert (
        "Ese día los relojes marcan esa hora dos veces. Se ha tomado la primera: dom 31 oct 2027, 02:30" in page.words
    )


def test_saving_an_unchanged_form_changes_no_moment_and_no_reminder(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    """Neither the seconds of a date nor the second of two equal hours is something the input can express."""
    second_two_thirty = clock.read_local("2027-10-31T02:30", MADRID).at + timedelta(hours=1)
    call = make_call(48.01, proxima_accion_fecha=second_two_thirty, proxima_accion="x")
    before = {row.id: row.event_due_date for row in stored(select(Reminder))}
    send(ana, f"/calls/{call.id}/edit", note="Otra nota")
    assert {row.id: row.event_due_date for row in stored(select(Reminder))} == before
    assert stored(select(Call.note)) == ["Otra nota"]


def test_done_and_undo_turn_the_reminders_off_and_on(ana: FlaskClient, make_call: MakeCall, stored: Stored) -> None:
    call = make_call()
    done = send(ana, f"/calls/{call.id}", action=f"/calls/{call.id}/done")
    shown = "Marcado como hecho. Recordatorios retirados: 24 horas, 1 hora y 15 minutos antes."
    assert shown in done.words and "Hecho el " in done.words
    assert stored(select(Reminder)) == []
    undone = send(ana, f"/calls/{call.id}", action=f"/calls/{call.id}/done")
    shown = "Vuelve a estar pendiente. Recordatorios previstos de nuevo: 24 horas, 1 hora y 15 minutos antes."
    assert shown in undone.words
    assert len(stored(select(Reminder))) == 3


def test_deleting_asks_first_and_then_takes_everything_still_to_be_sent(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call()
    page = get(ana, f"/calls/{call.id}/delete")
    assert "¿Borrar la llamada con María Pérez?" in page.words and len(stored(select(Call))) == 1
    page = send(ana, f"/calls/{call.id}/delete")
    assert (page.path, stored(select(Call)), stored(select(FollowUp)), stored(select(Reminder))) == (
        "/calls",
        [],
        [],
        [],
    )
    assert ana.get(f"/calls/{call.id}").status_code == 404


def test_what_somebody_deleted_meanwhile_is_not_found_whoever_saves_it(
    ana: FlaskClient, make_call: MakeCall, people: People, now: datetime
) -> None:
    call = make_call()
    path = f"/calls/{call.id}"
    form = get(ana, f"{path}/edit").form(f"{path}/edit").fields
    records.delete(CALL, call.id, by=people.cover, now=now)
    for where in ("edit", "delete", "done"):
        answer = ana.post(f"{path}/{where}", data=form | {"event": "next_call"})
        assert (answer.status_code, Page(answer).words.count("Aquí no hay nada")) == (404, 1)


def test_a_contact_chosen_on_its_page_is_chosen_in_the_form(ana: FlaskClient, contact: Contact) -> None:
    link = next(link for link in get(ana, f"/contacts/{contact.id}").links if link.startswith("/calls/new?"))
    form = get(ana, link).form("/calls/new")
    assert (form.fields["entity_id"], form.offered["entity_id"][str(contact.id)]) == (
        str(contact.id),
        "María Pérez · +34 600 000 000",
    )


def test_extra_fields_change_nothing(ana: FlaskClient, contact: Contact, people: People, stored: Stored) -> None:
    extra = {"version": "9", "id": str(uuid4()), "proxima_llamada_done_at": "2026-01-01T00:00", "created_at": "x"}
    page = send(ana, "/calls/new", entity_id=str(contact.id), proxima_llamada_fecha="2027-12-02T10:00", **extra)
    call = stored(select(Call))[0]
    assert (call.id, call.version, call.proxima_llamada_done_at) == (UUID(page.path[-36:]), 1, None)


def test_save_succeeds_without_warning_while_redis_and_smtp_are_down(
    settings: Settings, people: People, contact: Contact, password: str, now: datetime, stored: Stored
) -> None:
    assert settings.smtp
    away = replace(settings, redis_url="redis://127.0.0.1:1/0", smtp=replace(settings.smtp, port=1))
    with running(away) as app:
        browser = app.test_client()
        send(browser, "/sign-in", email=people.responsible.email, password=password)
        typed = {"entity_id": str(contact.id), "coverage_user_id": str(people.cover.id)}
        begun = monotonic()
        page = send(browser, "/calls/new", **typed, proxima_llamada_fecha=local(now + timedelta(hours=26)))
        assert monotonic() - begun < 2
    assert "Llamada guardada. Hay 3 recordatorios previstos." in page.words
    assert "Los recordatorios pueden llegar tarde." in page.words
    assert len(stored(select(Reminder))) == 3
