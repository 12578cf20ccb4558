"""The mails as people read them: each expected one is a file beside the tests.

To accept a change on purpose: ``WRITE_GOLDEN=1 pytest tests/services/emails/test_golden_emails.py``, and read the diff.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from coverage_app import create_app
from coverage_app.models import User
from coverage_app.services.emails import reminder, smtp_check
from coverage_app.services.emails.render import RenderedEmail
from coverage_app.settings import load
from tests.environment import variables

GOLDEN = Path(__file__).resolve().parent / "golden"
DUE = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
CALL = reminder.ReminderContext(
    entity_type="call",
    entity_id=UUID("3f0c9b9a-6c1e-4d0c-9a54-0d6d0f5b7a11"),
    event_kind="next_call",
    notification_type="24h_before",
    event_due_date=DUE,
    scheduled_send_at=DUE - DAY,
    recipient_name="Bea Soto",
    recipient_email="bea@example.com",
    locale="es",
    timezone="Europe/Madrid",
    responsible_name="Ana Ruiz",
    responsible_email="ana@example.com",
    title="",
    contact_name="María Pérez",
    contact_phone="+34 600 000 000",
    note="Quiere saber si el NIE ha llegado.\nLlamar al móvil.",
)
ACTION = replace(CALL, event_kind="next_action", title="Enviar el presupuesto", notification_type="1h_before")
CASES = {
    "next-call-24h-es": (CALL, DUE - DAY),
    "next-call-24h-en": (replace(CALL, locale="en"), DUE - DAY),
    "next-action-1h-es": (replace(ACTION, scheduled_send_at=DUE - timedelta(hours=1)), DUE - timedelta(hours=1)),
    "late-es": (replace(CALL, notification_type="15min_before"), DUE - timedelta(minutes=7)),
    "past-es": (replace(CALL, notification_type="15min_before"), DUE + timedelta(hours=3, minutes=20)),
    "past-en": (replace(CALL, notification_type="15min_before", locale="en"), DUE + timedelta(days=1)),
    "bare-lord-howe-en": (
        replace(CALL, locale="en", timezone="Australia/Lord_Howe", contact_name=None, contact_phone=None, note=None),
        DUE - DAY,
    ),
    "hostile-es": (
        replace(
            CALL,
            contact_name="<script>alert(1)</script> {{ 7*7 }}",
            contact_phone='" onclick="x" 600',
            note="<b>negrita</b>\n.\n--=_reminder_=",
        ),
        DUE - DAY,
    ),
}


ADMIN = User(name="Alicia Mora", email="alicia@example.com", locale="es", timezone="Europe/Madrid")
TESTS = {"test-es": ADMIN, "test-en": User(name="Alicia <Mora>", email="a@example.com", locale="en", timezone="UTC")}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("golden")
    return create_app(load(variables(f"sqlite:///{folder}/none.db", redis_port=1, smtp_port=1), folder))


@pytest.mark.parametrize("name", CASES)
def test_a_mail_reads_as_its_golden_file(name: str, application: Flask) -> None:
    context, now = CASES[name]
    with application.app_context():
        compare(name, reminder.render_email(context, now))


def test_telephone_that_cannot_be_dialled_is_plain_text_in_a_mail(application: Flask) -> None:
    with application.app_context():
        html = reminder.render_email(replace(CALL, contact_phone="no <tiene>"), DUE - DAY).html
    assert "María Pérez<br>no &lt;tiene&gt;</td>" in html and "tel:" not in html


@pytest.mark.parametrize("name", TESTS)
def test_a_test_mail_reads_as_its_golden_file(name: str, application: Flask) -> None:
    with application.app_context():
        compare(name, smtp_check.render_email(TESTS[name], DUE))


def compare(name: str, email: RenderedEmail) -> None:
    for suffix, text in (("txt", f"Subject: {email.subject}\n\n{email.text}"), ("html", email.html)):
        golden = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("WRITE_GOLDEN"):
            golden.write_text(text)
        assert golden.read_text() == text


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == CASES.keys() | TESTS.keys()
