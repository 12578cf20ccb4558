"""What became of a reminder, in words, for each way it can stand."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coverage_app.enums import SkipReason, Status
from coverage_app.models import Reminder, User
from coverage_app.web.present.reminder_status import step

Speak = Callable[[str], AbstractContextManager[None]]
SEND_AT = datetime(2026, 12, 3, 8, 45, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOT_SENT = "Estaba previsto para el jue 3 dic 2026, 09:45, hora de Madrid."


def row(status: Status, *, active: bool = True, **columns: Any) -> Reminder:
    made = Reminder(
        event_kind="next_call",
        notification_type="15min_before",
        scheduled_send_at=SEND_AT,
        event_due_date=SEND_AT + 15 * MINUTE,
        next_attempt_at=columns.pop("next_attempt_at", SEND_AT),
        attempts=columns.pop("attempts", 0),
        status=status,
        **columns,
    )
    made.recipient = User(name="Bea Soto", is_active=active)
    return made


def skipped(reason: SkipReason) -> Reminder:
    return row(Status.SKIPPED, last_error=reason.value)


EXPECTED = [
    (row(Status.PENDING), -MINUTE, ("wait", "Previsto", "Saldrá el jue 3 dic 2026, 09:45:00")),
    (row(Status.PENDING), MINUTE, ("wait", "Previsto", "Saldrá el jue 3 dic 2026, 09:45:00")),
    (
        row(Status.PENDING),
        10 * MINUTE,
        (
            "warn",
            "Con retraso",
            "Debía haber salido el jue 3 dic 2026, 09:45:00, hace 10 minutos."
            " Saldrá en cuanto el servicio de correo vuelva a funcionar.",
        ),
    ),
    (
        row(Status.PENDING, attempts=1, last_error="450 4.2.0 Busy", next_attempt_at=SEND_AT + MINUTE),
        MINUTE,
        (
            "warn",
            "Reintentando",
            "El servidor de correo aún no lo ha aceptado (450 4.2.0 Busy). Próximo intento: jue 3 dic 2026, 09:46:00.",
        ),
    ),
    (
        row(Status.PENDING, active=False),
        -MINUTE,
        ("bad", "Cobertura de baja", "Bea Soto ya no está en activo: no se enviará mientras eso no cambie."),
    ),
    (row(Status.SENDING), MINUTE, ("wait", "Enviándose", "Está saliendo en este momento.")),
    (
        row(Status.SENT, sent_at=SEND_AT + timedelta(seconds=1)),
        MINUTE,
        ("good", "Enviado", "Enviado el jue 3 dic 2026, 09:45:01"),
    ),
    (
        row(Status.SENT, sent_at=SEND_AT + 5 * MINUTE),
        9 * MINUTE,
        ("good", "Enviado", "Enviado el jue 3 dic 2026, 09:50:00, con 5 minutos de retraso"),
    ),
    (
        row(Status.FAILED, last_error="550 5.1.1 <b>No such user</b>"),
        MINUTE,
        ("bad", "Fallido", "No se pudo enviar: 550 5.1.1 <b>No such user</b>"),
    ),
    (
        row(Status.FAILED, last_error="no_outcome"),
        MINUTE,
        ("bad", "Fallido", "No se pudo enviar: se intentó cinco veces y nunca llegó a terminar"),
    ),
    (
        row(Status.FAILED, last_error="cannot_be_made: UndefinedError"),
        MINUTE,
        ("bad", "Fallido", "No se pudo enviar: no se pudo redactar el mensaje"),
    ),
    (
        skipped(SkipReason.SUPERSEDED),
        MINUTE,
        (
            "mute",
            "No enviado",
            f"No se envió porque otro recordatorio posterior de la misma fecha ocupó su lugar. {NOT_SENT}",
        ),
    ),
    (
        skipped(SkipReason.CHANGED),
        MINUTE,
        (
            "mute",
            "No enviado",
            f"No se envió porque se cambió de fecha, se hizo, se borró o pasó a otra persona. {NOT_SENT}",
        ),
    ),
    (
        skipped(SkipReason.EVENT_PASSED),
        MINUTE,
        ("mute", "No enviado", f"No se envió porque la fecha había pasado hacía demasiado tiempo. {NOT_SENT}"),
    ),
    (
        skipped(SkipReason.NO_EMAIL),
        MINUTE,
        ("mute", "No enviado", f"No se envió porque la cobertura no tiene un correo que se pueda usar. {NOT_SENT}"),
    ),
    (
        skipped(SkipReason.USER_INACTIVE),
        MINUTE,
        ("mute", "No enviado", f"No se envió porque la cobertura ya no está en activo. {NOT_SENT}"),
    ),
]


@pytest.mark.parametrize(("reminder", "later", "expected"), EXPECTED)
def test_reminder_status_describes_every_state_in_words(
    speak: Speak, reminder: Reminder, later: timedelta, expected: tuple[str, str, str]
) -> None:
    with speak("es"):
        said = step(reminder, SEND_AT + later)
        assert (said.lead, said.event) == ("15 minutos antes", "Próxima llamada")
        assert (said.tone, said.label, said.sentence) == expected


def test_every_status_and_every_reason_is_among_them() -> None:
    reminders = [reminder for reminder, _, _ in EXPECTED]
    assert {reminder.status for reminder in reminders} == set(Status)
    assert {reminder.last_error for reminder in reminders if reminder.status == Status.SKIPPED} == set(SkipReason)


def test_reminder_status_is_english_for_an_english_reader(speak: Speak) -> None:
    with speak("en"):
        said = step(row(Status.SENT, sent_at=SEND_AT + 5 * MINUTE), SEND_AT + 9 * MINUTE)
        assert (said.lead, said.event, said.label) == ("15 minutes before", "Next call", "Sent")
        assert said.sentence == "Sent Thu 3 Dec 2026, 09:50:00, 5 minutes late"
