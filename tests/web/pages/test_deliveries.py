"""One reminder's page: the mail as it was sent, or as it would read."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from coverage_app.extensions import db
from coverage_app.models import Reminder
from tests.fixtures.people import People
from tests.web.conftest import MakeCall
from tests.web.page_reader import get, send

Stored = Callable[..., list[Any]]


def first(stored: Stored) -> Reminder:
    return stored(select(Reminder).order_by(Reminder.scheduled_send_at))[0]


def test_a_planned_mail_reads_as_it_would_read_now(
    ana: FlaskClient, make_call: MakeCall, people: People, stored: Stored
) -> None:
    call = make_call(30, note="La primera nota")
    send(ana, f"/calls/{call.id}/edit", note="La nota corregida <b>")
    page = get(ana, f"/deliveries/{first(stored).id}")
    assert (
        "Asunto Recordatorio: Próxima llamada - María Pérez en 24 horas Para Bea Soto <bea@example.com>" in page.words
    )
    assert "De Sistema Migro <recordatorios@example.com>" in page.words
    assert "Todavía no ha salido. Este sería su texto." in page.words
    assert "Hola, Bea Soto:" in page.words and "La nota corregida <b>" in page.words
    assert "La primera nota" not in page.words and "Sistema Migro" in page.words
    assert f"/calls/{call.id}" in page.links


def test_a_sent_mail_is_shown_as_it_was_sent_also_when_its_record_is_gone(
    app: Flask, ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call(30)
    row = db.session.merge(first(stored))
    row.status, row.sent, row.sent_at = "sent", True, row.scheduled_send_at
    row.subject, row.message_body = "Lo que se envió", "Hola:\n\nTal como salió <b>."
    db.session.commit()
    send(ana, f"/calls/{call.id}/delete")
    page = get(ana, f"/deliveries/{row.id}")
    assert "Asunto Lo que se envió" in page.words and "Hola: Tal como salió <b>." in page.words
    assert f"/calls/{call.id}" not in page.links and "Este sería su texto" not in page.words


def test_the_call_shows_the_reminders_of_earlier_dates_apart(
    app: Flask, ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call(30)
    row = db.session.merge(first(stored))
    row.status, row.sent, row.sent_at = "sent", True, row.scheduled_send_at
    db.session.commit()
    send(ana, f"/calls/{call.id}/edit", proxima_llamada_fecha="2027-12-02T10:00")
    page = get(ana, f"/calls/{call.id}")
    assert "Recordatorios de fechas y coberturas anteriores (1)" in page.words
    shown = [link for link in page.links if link.startswith("/deliveries/")]
    assert sorted(shown) == sorted(f"/deliveries/{one.id}" for one in stored(select(Reminder)))
    assert shown[-1] == f"/deliveries/{row.id}"


def failed(stored: Stored, **columns: Any) -> Reminder:
    """The first reminder, refused by the server unless said otherwise."""
    row = first(stored)
    now = {"status": "failed", "last_error": "550 Full", "attempts": 1} | columns
    db.session.execute(update(Reminder).where(Reminder.id == row.id).values(**now))
    db.session.commit()
    return row


def test_what_failed_is_sent_again_from_the_record_and_from_its_own_page(
    app: Flask, ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    record = f"/calls/{make_call(30).id}"
    for path in (record, f"/deliveries/{first(stored).id}"):
        row = failed(stored)
        page = send(ana, path, action=f"/deliveries/{row.id}/again")
        assert page.path == path and "Se está enviando otra vez." in page.words
        [again] = stored(select(Reminder).where(Reminder.id == row.id))
        assert (again.status, again.attempts, again.last_error) == ("pending", 0, None)
        assert f"/deliveries/{row.id}/again" not in [form.action for form in page.forms]


def test_what_is_no_longer_worth_it_says_why_and_stays(
    app: Flask, ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    call = make_call(30)
    row = failed(stored)
    path = f"/deliveries/{row.id}"
    form = get(ana, path).form(f"{path}/again")
    send(ana, f"/calls/{call.id}/edit", proxima_llamada_fecha="2027-12-02T10:00")
    refused = ana.post(form.action, data=form.fields, follow_redirects=True)
    assert "este recordatorio ya no es cierto" in refused.text
    assert stored(select(Reminder.status).where(Reminder.id == row.id)) == ["failed"]
    assert ana.post(f"/deliveries/{uuid4()}/again", data=form.fields).status_code == 404


def test_only_what_could_not_be_sent_offers_to_be_sent_again(
    ana: FlaskClient, make_call: MakeCall, stored: Stored
) -> None:
    path = f"/calls/{make_call(30).id}"
    offered = {}
    for status, why in (("failed", "550"), ("skipped", "no_email"), ("skipped", "superseded"), ("pending", None)):
        failed(stored, status=status, last_error=why)
        offered[status, why] = "Enviar otra vez" in get(ana, path).words
    assert list(offered.values()) == [True, True, False, False]
