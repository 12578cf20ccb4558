"""The System page: every part in words, the chart and its table, failures by cause; a mail to try the way with."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update

from coverage_app.extensions import db
from coverage_app.models import Heartbeat, User
from coverage_app.services.emails import smtp_check
from coverage_app.services.health import checks, failure_groups
from coverage_app.services.health.figures import BOUNDS, Hour
from coverage_app.web.pages.system.chart import HEIGHT, LEAST, Chart
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL, ON_SQLITE
from tests.fixtures.people import People
from tests.servers.redis import Redis
from tests.servers.smtp import Sink
from tests.web.page_reader import Page, get

pytestmark = BOTH_DATABASES

Ended = Callable[..., None]


def heard(now: datetime, name: str, kind: str, ago: float = 0, **values: Any) -> None:
    db.session.add(Heartbeat(process_id=name, kind=kind, beat_at=now - timedelta(seconds=ago), **values))
    db.session.commit()


def test_system_page_counts_sent_waiting_and_failed(alicia: FlaskClient, ended: Ended, now: datetime) -> None:
    heard(now, "worker-a-1", "worker", last_error="421 too busy")
    heard(now, "worker-b-2", "worker", ago=3600)
    heard(now, "scheduler-a-3", "scheduler", clock_offset=5.2)
    in_this_hour = min(now.minute * 60 + now.second, 30)
    for late in (0, 3, 40, 4000):
        ended("sent", in_this_hour, late)
    ended("sent", 86400, 9)  # more than 24 hours ago
    for address in ("ana@example.com", "bea@example.com"):
        ended("failed", 3600, why=f"550 5.1.1 <{address}>: User unknown")
    ended("failed", 3600, why="no_outcome")
    ended("failed", 86400 * 8, why="550 long ago")
    ended("skipped", 3600, why="superseded")
    for ago in (130, 30, -1200):
        ended("pending", ago)
    page = get(alicia, "/system")
    assert page.status == 200
    for words in (
        "Envío (worker) Bien 1 proceso en marcha.",
        "Puntualidad Falla 1 recordatorio espera desde el",
        "Servidor de correo Atención El servidor de correo responde: 421 too busy",
        "Despertador (Redis) Bien Hay 0 alarmas puestas, 0 trabajos en espera.",
        "Se enviaron 4 correos. El que más se retrasó: 1 hora y 7 minutos.",
        "Fallido 550 5.1.1 …: User unknown 2 se intentó cinco veces",
        "No enviados a propósito",
        "Ya toca enviarlos 2 Enviándose 0 Salen en la próxima hora 1",
        "Relojes Atención El reloj de un equipo está desajustado +5 s. Haz que se ponga en hora por la red (NTP).",
        "worker-a-1 en marcha",
        "worker-b-2 sin señal",
    ):
        assert words in page.words
    assert "long ago" not in page.words and "bea@example.com" not in page.words
    assert page.texts("table.figures td") == ["4", "2", "1", "1", "1 h 6 min"]


def test_system_page_of_a_new_firm_says_so_in_the_readers_language(alicia: FlaskClient, people: People) -> None:
    page = get(alicia, "/system")
    for words in ("no se ha enviado ningún correo.", "No ha fallado nada.", "Ninguno. Se arrancan con:"):
        assert words in page.words
    db.session.execute(update(User).where(User.id == people.admin.id).values(locale="en"))
    assert "No mail was sent in the last 24 hours." in get(alicia, "/system").words


@ON_POSTGRESQL
def test_a_database_that_answers_too_late_leaves_the_parts_and_says_so(
    alicia: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PATIENCE", 0.3)
    with db.engine.connect() as connection:
        connection.execute(text("LOCK TABLE notification_schedules IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        answer = alicia.get("/system")
        assert time.monotonic() - began < 2
    page = Page(answer)
    assert (page.status, answer.headers["Retry-After"]) == (503, "10")
    assert "Base de datos Bien postgresql" in page.words
    assert (
        "Puntualidad No se sabe La base de datos no ha respondido: canceling statement due to statement" in page.words
    )
    assert "Ahora mismo no se pueden leer las cifras" in page.words
    assert "Ahora mismo no se puede saber cómo van los recordatorios." in page.words
    assert get(alicia, "/system").status == 200


@ON_SQLITE
def test_hanging_redis_is_reported_within_its_timeout(alicia: FlaskClient, redis: Redis) -> None:
    redis.pause()
    try:
        page = get(alicia, "/system")
    finally:
        redis.resume()
    assert "Despertador (Redis) Atención No responde" in page.words


def hour(*by_lateness: int) -> Hour:
    return Hour(datetime(2026, 11, 24, 9, tzinfo=UTC), (*by_lateness, *[0] * (len(BOUNDS) + 1 - len(by_lateness))), 0)


def test_chart_shows_one_late_mail_beside_thousands_inside_its_box() -> None:
    most = replace(hour(10_000, 0, 0, 0, 0, 0, 0, 1), by_lateness=(10_000, *[0] * 6, 1, 0, 0, 0, 1))
    full, empty, one = Chart([most, hour(), hour(1)]).columns
    assert [block.tone for block in full.blocks] == ["good", "warn", "bad"]
    assert sum(block.height for block in full.blocks) == pytest.approx(HEIGHT, abs=0.1)
    assert min(block.y for block in full.blocks) == pytest.approx(0, abs=0.1)
    assert min(block.height for block in full.blocks) > LEAST * 0.9
    assert (empty.blocks, [block.height for block in one.blocks]) == ([], [LEAST])


def test_failures_are_one_cause_when_only_names_and_numbers_differ() -> None:
    said = {
        "550 5.1.1 <bea@example.com>: Recipient address rejected: User unknown": 2,
        "550 5.1.1 <ana.ruiz@example.org>: Recipient address rejected: User unknown": 1,
        "450 4.2.1 4XyZ12abC3 try again, see https://example.com/a1": 1,
        "450 4.2.1 9Qr-77123 try again, see https://example.com/b2": 1,
        "554 5.7.1 Client host [203.0.113.7] blocked": 1,
        "550 5.7.26 no": 1,
        "x" * 300: 1,
    }
    assert failure_groups.group(Counter(said)) == {
        "550 5.1.1 …: Recipient address rejected: User unknown": 3,
        "450 4.2.1 … try again, see …": 2,
        "554 5.7.1 Client host […] blocked": 1,
        "550 5.7.26 no": 1,
        "x" * 119 + "…": 1,
    }


def press(browser: FlaskClient) -> Page:
    form = get(browser, "/system").form("/system/test-mail")
    return Page(browser.post(form.action, data=form.fields, follow_redirects=True))


@ON_SQLITE
def test_test_mail_reaches_the_administrator_who_requested_it(alicia: FlaskClient, people: People, smtp: Sink) -> None:
    page = press(alicia)
    assert "ha aceptado el correo de prueba para alicia@example.com" in page.words
    [mail] = smtp.wait_for(1)
    assert mail.recipients == (people.admin.email,)
    assert mail.parsed["Subject"] == "Correo de prueba de Sistema Migro"
    assert "Alicia Mora" in mail.parsed.get_body(("plain",)).get_content()


@ON_SQLITE
def test_failed_test_mail_is_explained_in_words(
    app: Flask, alicia: FlaskClient, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_given: Any) -> str:
        await asyncio.sleep(60)
        return "250 OK"

    monkeypatch.setattr(smtp_check, "PATIENCE", 1)
    smtp.replies["RCPT"] = lambda _given: "550 5.1.1 no such person"
    assert "El servidor de correo lo ha rechazado: 550 5.1.1 no such person" in press(alicia).words
    smtp.replies["RCPT"] = never
    began = time.monotonic()
    assert "El servidor de correo no ha respondido en 1 segundos." in press(alicia).words
    assert time.monotonic() - began < 3
    smtp.stop()
    assert "No se llega al servidor de correo o no nos deja entrar: no connection to" in press(alicia).words
    answer = alicia.post("/system/test-mail", data=get(alicia, "/system").form("/system/test-mail").fields)
    assert answer.status_code == 429  # the fourth within a minute
    assert smtp.messages == []


@ON_SQLITE
def test_without_a_mail_server_it_says_what_to_set(app: Flask, alicia: FlaskClient) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], smtp=None)
    page = press(alicia)
    assert "No se ha configurado ningún servidor de correo (SMTP_SERVER)." in page.words


@ON_SQLITE
def test_nobody_else_opens_the_page_or_sends_a_mail(ana: FlaskClient, alicia: FlaskClient, smtp: Sink) -> None:
    fields = get(ana, "/calls/new").form("/calls/new").fields
    answers = [ana.get("/system"), ana.post("/system/test-mail", data=fields), alicia.get("/system/test-mail")]
    assert [answer.status_code for answer in answers] == [403, 403, 405]
    assert smtp.messages == []
