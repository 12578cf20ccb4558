"""What happened in the demo firm last week, and what it has promised for the next two."""

from dataclasses import dataclass, field
from datetime import timedelta

from coverage_app.enums import EventKind, SkipReason, Status
from coverage_app.services.seed.dates import When

CALL, ACTION = EventKind.NEXT_CALL, EventKind.NEXT_ACTION


@dataclass(frozen=True)
class CallSeed:
    """One call. ``outcomes`` are the reminders that did not simply go out, by lead time."""

    client: str
    by: str
    called: When
    result: str
    cover: str | None = None
    next_call: When | None = None
    next_action: When | None = None
    what: str | None = None
    note: str | None = None
    minutes: int = 6
    direction: str = "out"
    done: tuple[EventKind, ...] = ()
    outcomes: dict[str, tuple[Status, str]] = field(default_factory=dict)


# Their first reminders go out 40, 50 and 55 seconds after the demo was loaded: 15 min, 1 h and 24 h before.
SOON = (
    CallSeed(
        "María Pérez",
        "Javier",
        (-3, "10:20"),
        "Pendiente de documentación",
        cover="Carmen",
        next_call=timedelta(minutes=15, seconds=40),
        note="Le falta el certificado de empadronamiento.\nPrefiere que la llamemos por la mañana.",
    ),
    CallSeed(
        "John Whitfield",
        "Diego",
        (-2, "12:05"),
        "Interesado",
        cover="Emily",
        next_call=timedelta(hours=1, seconds=50),
        note="Pregunta por la renovación de su TIE. La llamada será en inglés.",
    ),
    CallSeed(
        "Ahmed Benali",
        "Lucía",
        (-1, "16:40"),
        "Cita concedida",
        cover="Javier",
        next_action=timedelta(hours=24, seconds=55),
        what="Repasar la entrevista de arraigo",
        note="La cita en Extranjería es al día siguiente a las 9:00.",
    ),
)

PAST = (
    CallSeed(
        "Yulia Kovalenko", "Carmen", (-5, "09:30"), "Resuelto", cover="Diego", next_call=(-3, "10:00"), done=(CALL,)
    ),
    CallSeed(
        "Fatou Diop",
        "Javier",
        (-5, "11:15"),
        "No contesta",
        cover="Lucía",
        next_call=(-2, "12:30"),
        done=(CALL,),
        outcomes={"24h_before": (Status.FAILED, "550 5.2.2 Mailbox full")},
    ),
    CallSeed("Wei Zhang", "Diego", (-5, "13:00"), "Enviado presupuesto", next_call=(-1, "11:00"), direction="in"),
    CallSeed(
        "Gabriela Souza",
        "Lucía",
        (-4, "09:50"),
        "Presentada la solicitud",
        cover="Nuria",
        next_action=(-1, "13:00"),
        what="Comprobar el registro de la solicitud",
        outcomes={"1h_before": (Status.SKIPPED, SkipReason.SUPERSEDED)},
    ),
    CallSeed(
        "Oleksandr Bondar", "Nuria", (-4, "17:10"), "Resuelto", cover="Carmen", next_call=(-2, "09:15"), done=(CALL,)
    ),
    CallSeed("Natalia Ionescu", "Emily", (-4, "12:40"), "Número equivocado", minutes=1),
    CallSeed(
        "Muhammad Iqbal",
        "Carmen",
        (-3, "16:00"),
        "Pendiente de tasas",
        next_action=(-1, "17:00"),
        what="Modelo 790",
        done=(ACTION,),
    ),
)

AHEAD = (
    CallSeed("Rosa Quispe Mamani", "Javier", (-3, "11:45"), "Interesada", cover="Diego", next_call=(1, "09:30")),
    CallSeed("Samira El Idrissi", "Carmen", (-3, "13:20"), "Pendiente de documentación", next_call=(1, "10:15")),
    CallSeed(
        "Carlos Andrés Restrepo",
        "Lucía",
        (-2, "09:10"),
        "Examen aprobado",
        cover="Javier",
        next_call=(1, "12:00"),
        next_action=(3, "10:00"),
        what="Presentar la solicitud de nacionalidad",
        note="Aprobó el CCSE. Trae el certificado original.",
    ),
    CallSeed("Luis Fernando Caicedo", "Nuria", (-2, "10:30"), "No contesta", cover="Emily", next_call=(1, "16:30")),
    CallSeed("Yulia Kovalenko", "Carmen", (-2, "17:25"), "Renovación en curso", cover="Lucía", next_call=(2, "09:45")),
    CallSeed(
        "Panadería Hnos. Ortiz, S. L.",
        "Diego",
        (-2, "12:50"),
        "Oferta de empleo firmada",
        cover="Carmen",
        next_action=(2, "11:30"),
        what="Enviar el contrato para la autorización",
        direction="in",
        minutes=14,
    ),
    CallSeed("Fatou Diop", "Javier", (-1, "09:40"), "Pide presupuesto", next_call=(2, "13:00")),
    CallSeed("Wei Zhang", "Diego", (-1, "10:55"), "Reunión acordada", cover="Nuria", next_call=(3, "12:30")),
    CallSeed("Gabriela Souza", "Lucía", (-1, "12:10"), "Requerimiento recibido", cover="Diego", next_call=(3, "17:00")),
    CallSeed(
        "Oleksandr Bondar",
        "Nuria",
        (-1, "13:30"),
        "Documentación completa",
        next_action=(4, "09:00"),
        what="Pedir cita para la toma de huellas",
    ),
    CallSeed("Natalia Ionescu", "Emily", (-1, "16:15"), "Interesada", cover="Carmen", next_call=(4, "10:30")),
    CallSeed("Muhammad Iqbal", "Carmen", (-1, "17:30"), "Tasas pagadas", cover="Emily", next_call=(5, "11:00")),
    CallSeed("Rosa Quispe Mamani", "Javier", (-1, "18:05"), "Duda resuelta", next_call=(6, "09:30"), minutes=3),
    CallSeed("Samira El Idrissi", "Carmen", (-4, "10:05"), "Espera resolución", cover="Lucía", next_call=(7, "12:00")),
    CallSeed(
        "Luis Fernando Caicedo",
        "Nuria",
        (-5, "16:45"),
        "Recurso en estudio",
        cover="Javier",
        next_action=(8, "13:00"),
        what="Entregar el recurso de reposición",
    ),
)

CALLS = SOON + PAST + AHEAD
