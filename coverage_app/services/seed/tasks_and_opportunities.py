"""The tasks, opportunities and stages of the demo firm: covered and not, done, overdue and to come."""

from dataclasses import dataclass, field
from datetime import timedelta

from coverage_app.enums import OpportunityStatus, SkipReason, StageName, Status
from coverage_app.services.seed.dates import When


@dataclass(frozen=True)
class TaskSeed:
    """A task. ``made`` is when it was written down; ``outcomes`` as for a call."""

    text: str
    by: str
    made: When
    due: When | None = None
    client: str | None = None
    cover: str | None = None
    done: bool = False
    outcomes: dict[str, tuple[Status, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class OpportunitySeed:
    """An opportunity and, if ``stage`` is given, its place in the pipeline with the next action there."""

    name: str
    client: str
    by: str
    made: When
    follow_up: When | None = None
    cover: str | None = None
    status: OpportunityStatus = OpportunityStatus.OPEN
    stage: StageName | None = None
    action: str | None = None
    about: str | None = None
    due: When | None = None
    action_cover: str | None = None
    done: bool = False


TASKS = (
    TaskSeed("Subir al expediente el empadronamiento", "Nuria", (-2, "09:20"), timedelta(minutes=15, seconds=57),
         "María Pérez", "Diego"),
    TaskSeed("Pagar la tasa 790-012 de la huella", "Carmen", (-4, "10:30"), (-1, "14:00"), "Muhammad Iqbal"),
    TaskSeed("Pedir cita previa en la comisaría de Aluche", "Javier", (-3, "12:15"), (-1, "13:30"), "Fatou Diop",
         "Lucía", outcomes={"1h_before": (Status.SKIPPED, SkipReason.SUPERSEDED)}),
    TaskSeed("Escanear el pasaporte completo", "Diego", (-5, "11:00"), (-3, "13:00"), "Wei Zhang", "Nuria", done=True),
    TaskSeed("Archivar las resoluciones del mes", "Lucía", (-5, "17:00"), (-2, "18:00"), done=True),
    TaskSeed("Traducción jurada del certificado de nacimiento", "Lucía", (-2, "13:10"), (1, "11:00"), "Gabriela Souza",
         "Javier"),
    TaskSeed("Presentar el recurso por la sede electrónica", "Javier", (-1, "09:15"), (2, "12:00"),
         "Luis Fernando Caicedo", "Carmen"),
    TaskSeed("Comprobar el estado del expediente en la web de Extranjería", "Nuria", (-1, "10:20"), (2, "10:00"),
         "Oleksandr Bondar"),
    TaskSeed("Preparar las facturas del trimestre", "Lucía", (-3, "16:30"), (4, "17:30"), cover="Carmen"),
    TaskSeed("Revisar el contrato de trabajo antes de la firma", "Emily", (-1, "12:45"), (5, "10:30"), "John Whitfield",
         "Diego"),
    TaskSeed("Renovar el certificado digital del despacho", "Diego", (-2, "18:00"), (8, "12:00")),
    TaskSeed("Ordenar la estantería de los expedientes cerrados", "Carmen", (-4, "13:50")),
)  # fmt: skip

OPPORTUNITIES = (
    OpportunitySeed("Reagrupación familiar del marido", "María Pérez", "Javier", (-4, "10:00"), (2, "10:30"), "Carmen",
           stage=StageName.MEETING, action="Reunión", about="Explicar los requisitos de vivienda e ingresos.",
           due=timedelta(hours=1, seconds=58), action_cover="Carmen"),
    OpportunitySeed("Nacionalidad por residencia", "Carlos Andrés Restrepo", "Lucía", (-5, "12:00"), (6, "11:00"),
           "Javier", stage=StageName.CONTRACT, action="Firmar la hoja de encargo", due=(1, "13:00"),
           action_cover="Diego"),
    OpportunitySeed("Autorización inicial para tres cocineros", "Panadería Hnos. Ortiz, S. L.", "Diego", (-3, "13:30"),
           (3, "09:30"), "Nuria", stage=StageName.PROPOSAL, action="Enviar presupuesto",
           about="Tres contratos iguales; piden un precio por los tres.", due=(2, "13:30"), action_cover="Emily"),
    OpportunitySeed("Renovación de la TIE", "John Whitfield", "Emily", (-3, "10:10"), (4, "12:00"),
           stage=StageName.CONTACTED, action="Pedir los documentos", due=(1, "10:00"), action_cover="Diego"),
    OpportunitySeed("Recurso contra la denegación del visado", "Samira El Idrissi", "Carmen", (-4, "17:40"),
           (-1, "12:30"), "Lucía", stage=StageName.PROPOSAL, action="Llamar para cerrar el precio", due=(-1, "10:30")),
    OpportunitySeed("Arraigo para la formación", "Ahmed Benali", "Lucía", (-2, "11:20"), (7, "10:00"), "Emily",
           stage=StageName.NEW),
    OpportunitySeed("Protección temporal de la madre", "Yulia Kovalenko", "Carmen", (-5, "09:00"), (-3, "11:00"),
           "Diego", OpportunityStatus.WON, StageName.CLOSED, "Entregar la documentación", due=(-3, "12:00"), done=True),
    OpportunitySeed("Visado de estudios del hijo", "Natalia Ionescu", "Emily", (-5, "13:15"), (-2, "12:00"),
           status=OpportunityStatus.LOST),
    OpportunitySeed("Alta de la empleada de hogar", "Rosa Quispe Mamani", "Javier", (-1, "17:50"), (5, "16:30")),
)  # fmt: skip
