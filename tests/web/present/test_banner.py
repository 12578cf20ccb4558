"""The banner says what a trouble means for the reader, on every signed-in page, and only then."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from coverage_app.extensions import db
from coverage_app.models import Heartbeat
from coverage_app.services.health import EngineStatus
from coverage_app.web.present.banner import describe
from tests.web.conftest import MakeCall
from tests.web.page_reader import get

Speak = Callable[[str], AbstractContextManager[None]]
SOUND = EngineStatus(
    late=0, oldest_late=None, worker=True, scheduler=True, last_error=None, mail_configured=True, clock_offset=0.0
)
SINCE = datetime(2026, 11, 23, 8, 45, tzinfo=UTC)
MAY_BE_LATE = (
    "Los recordatorios pueden llegar tarde. Lo que guardes se conserva y sus recordatorios saldrán cuando se resuelva."
)
NOTHING_LOST = "No se ha perdido nada; mientras tanto, avisa tú a quien cubre."
WORKER = "El proceso que envía el correo (worker) está parado."
SCHEDULER = "El proceso que lleva la hora (scheduler) está parado."


def test_each_state_of_the_engine_has_its_words(speak: Speak) -> None:
    said = {
        "sound": SOUND,
        "one late": replace(SOUND, late=1, oldest_late=SINCE),
        "many late": replace(SOUND, late=7, oldest_late=SINCE, worker=False),
        "no worker": replace(SOUND, worker=False),
        "no scheduler": replace(SOUND, scheduler=False),
        "neither": replace(SOUND, worker=False, scheduler=False),
        "held back": replace(SOUND, last_error="535 5.7.8 Bad credentials"),
        "no mail server": replace(SOUND, mail_configured=False),
        "a clock a little off": replace(SOUND, clock_offset=-29.0),
        "a clock far off": replace(SOUND, clock_offset=-31.0),
    }
    with speak("es"):
        words = {
            name: (one.headline, one.reasons) if (one := describe(state)) else None for name, state in said.items()
        }
    since = "desde el lun 23 nov 2026, 09:45."
    assert words == {
        "sound": None,
        "one late": (f"Hay 1 recordatorio con retraso, {since} {NOTHING_LOST}", []),
        "many late": (f"Hay 7 recordatorios con retraso, el primero {since} {NOTHING_LOST}", [WORKER]),
        "no worker": (MAY_BE_LATE, [WORKER]),
        "no scheduler": (
            "Los recordatorios pueden llegar hasta un minuto tarde. Lo que guardes se conserva.",
            [SCHEDULER],
        ),
        "neither": (MAY_BE_LATE, [WORKER, SCHEDULER]),
        "held back": (MAY_BE_LATE, ["El servidor de correo responde: 535 5.7.8 Bad credentials"]),
        "no mail server": (
            "De momento no se envían recordatorios. Lo que guardes se conserva y sus recordatorios quedan en espera.",
            ["No se ha configurado ningún servidor de correo (SMTP_SERVER)."],
        ),
        "a clock a little off": None,
        "a clock far off": (
            MAY_BE_LATE,
            ["El reloj de un equipo está desajustado -31 s, y desde él no sale ningún correo."],
        ),
    }


def beat(now: datetime, last_error: str | None = None) -> None:
    for kind in ("worker", "scheduler"):
        db.session.merge(Heartbeat(process_id=kind, kind=kind, beat_at=now, last_error=last_error))
    db.session.commit()


def test_one_banner_is_on_every_signed_in_page_until_all_is_well(app: Flask, ana: FlaskClient, now: datetime) -> None:
    paths = ["/", "/calendar", "/calls", "/calls/new", "/contacts", "/contacts/new", "/deliveries"]
    assert {path: ana.get(path).text.count('class="banner"') for path in paths} == dict.fromkeys(paths, 1)
    beat(now)
    assert {path: ana.get(path).text.count('class="banner"') for path in paths} == dict.fromkeys(paths, 0)


def test_a_late_reminder_and_the_servers_own_words_are_shown_as_text(
    app: Flask, ana: FlaskClient, make_call: MakeCall, now: datetime
) -> None:
    make_call(1.5, at=now - timedelta(hours=24))
    beat(now, last_error="554 <script>alert(1)</script>")
    page = get(ana, "/")
    assert "Hay 1 recordatorio con retraso" in page.words
    assert "El servidor de correo responde: 554 <script>alert(1)</script>" in page.words
