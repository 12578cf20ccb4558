"""However large a file is, and whatever is in it, a worker checks and writes it with little memory."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact
from coverage_app.services import imports
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.files import TakeIn, standing
from tests.fixtures.people import People
from tests.hostile import bodies
from tests.hostile.bodies import Request
from tests.hostile.meter import weigh

# There everything is derived before the first row is written.
pytestmark = ON_SQLITE
MEGABYTES = 64
TOO_LONG = "No se puede leer la línea 2: tiene unas comillas fuera de lugar o más de 65536 caracteres."
TOO_MANY = "El archivo tiene más de 1048576 filas, contando también las vacías."
LINES, NOTE = 1040, 20_000
ENDS = {
    "one line of cells": TOO_LONG,
    "one cell without an end": TOO_LONG,
    "one quoted cell of line breaks": TOO_LONG,
    "one line of quoted line breaks": TOO_LONG,
    "lines of nothing": TOO_MANY,
    "lines of 20,000 emoji": None,  # all of them refused, each with its sentence
}


@pytest.fixture
def work_weighed(app: Flask) -> Callable[[], float]:
    """Does what waits for a worker; the megabytes by which the process grew."""

    def done() -> float:
        db.session.commit()
        with app.app_context():
            return weigh(lambda: imports.work(utcnow(), lambda: False))[2]

    return done


@pytest.mark.parametrize("file", [file for file in bodies.files() if file.name in ENDS], ids=lambda file: file.name)
def test_a_hostile_file_is_checked_with_little_memory(
    take_in: TakeIn, work_weighed: Callable[[], float], people: People, file: Request
) -> None:
    import_id = take_in(file.make())
    assert work_weighed() < MEGABYTES
    assert standing(import_id, people.responsible)[3] == ENDS[file.name]


def test_largest_file_is_validated_and_written_with_little_memory(
    take_in: TakeIn, work_weighed: Callable[[], float], people: People, contact: Contact
) -> None:
    due = f"{utcnow() + timedelta(days=3):%Y-%m-%d %H:%M}Z"
    line = f"maria.perez@example.com;{'x' * NOTE};{due};Bea Soto\n".encode()
    import_id = take_in(b"Contacto;Nota;Proxima llamada;Cobertura\n" + line * LINES)
    assert len(line) * LINES > bodies.FILE * 0.99
    assert work_weighed() < MEGABYTES
    imports.accept(import_id, by=people.responsible)
    assert work_weighed() < MEGABYTES
    assert standing(import_id, people.responsible) == ("written", LINES, 0, None)
