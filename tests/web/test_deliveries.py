"""One reminder's page: the mail as it was sent, or as it would read."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coverage_app.extensions import db
from coverage_app.models import NotificationSchedule
from tests.fixtures.people import People
from tests.web.conftest import MakeCall
from tests.web.reading import get, send

Stored = Callable[..., list[Any]]


def first(stored: Stored) -> NotificationSchedule:
    return stored(select(NotificationSchedule).order_by(NotificationSchedule.scheduled_send_at))[0]


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
    assert sorted(shown) == sorted(f"/deliveries/{one.id}" for one in stored(select(NotificationSchedule)))
    assert shown[-1] == f"/deliveries/{row.id}"
