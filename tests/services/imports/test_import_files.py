"""Whatever is in the file, it is read or refused with a sentence; what is read becomes what a form would store."""

import gzip
import random
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import select

from coverage_app.clock import utcnow
from coverage_app.enums import EntityType
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, Task
from coverage_app.services import imports
from coverage_app.services.imports import limits
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.files import TakeIn, csv_of, said, standing
from tests.fixtures.people import People

pytestmark = ON_SQLITE
Stored = Callable[..., list[Any]]
Work = Callable[[], None]
WORKBOOK = "Esto es un libro de cálculo. Guárdalo como CSV desde la hoja de cálculo y envía ese archivo."
NOT_TEXT = "Esto no es un archivo de texto. Guárdalo como CSV desde la hoja de cálculo, en UTF-8."
BROKEN = "No se puede leer la línea {}: tiene unas comillas fuera de lugar o más de {} caracteres."
LACKING = "En el encabezado falta la columna «Contacto»."


def bomb() -> bytes:
    """A file that would be a hundred times as large, were it unpacked."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("calls.csv", b"0" * 2**22)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "El archivo está vacío."),
        (b"\xef\xbb\xbf \r\n;;;\r\n", "El archivo está vacío."),
        (bomb(), WORKBOOK),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", WORKBOOK),
        (gzip.compress(csv_of("María Pérez;;;")), NOT_TEXT),
        (random.Random(7).randbytes(50_000), NOT_TEXT),  # any bytes, always the same
        ("Contacto\r\nMaría Pérez".encode("utf-16"), NOT_TEXT),
        (b"Contacto\r\nMar\x00a", NOT_TEXT),
        (b"Contacto\r\n\x81\x8d", NOT_TEXT),
        (b"Contacto;Color;Peso", "El encabezado nombra columnas desconocidas: «Color», «Peso»."),
        (b"<html><body>=1+1", "El encabezado nombra columnas desconocidas: «<html><body>=1+1»."),
        (b"Contacto;contacto;Nota", "El encabezado nombra dos veces una columna: «Contacto»."),
        (b"Contacto;entity_id", "El encabezado nombra dos veces una columna: «Contacto»."),
        ("Cuándo;Nota".encode(), LACKING),
        (b'"Contacto\r\nNadie', BROKEN.format(1, 10_000)),
        (b"x" * 10**6, BROKEN.format(1, 10_000)),
    ],
    ids=range(16),
)
def test_what_is_no_table_of_calls_is_refused_at_first_sight(take_in: TakeIn, file: bytes, sentence: str) -> None:
    with pytest.raises(FieldError) as refusal:
        take_in(file)
    assert (refusal.value.field, str(refusal.value.sentence)) == ("file", sentence)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (csv_of(), "El archivo tiene encabezado y ninguna línea debajo."),
        (csv_of(";;;", "", "  "), "El archivo tiene encabezado y ninguna línea debajo."),
        (csv_of("María Pérez;;;", '"María" Pérez;;;'), BROKEN.format(3, 65_536)),
        (csv_of("María Pérez;;;", 'María Pérez;"sin fin;;'), BROKEN.format(3, 65_536)),
        (csv_of("María Pérez;;;", "x" * 10**6), BROKEN.format(3, 65_536)),
        (csv_of(*["a;;;"] * 11), "El archivo tiene más de 10 líneas, el máximo de una vez. Divídelo."),
    ],
    ids=range(6),
)
def test_what_is_wrong_further_down_fails_the_import_with_the_reason(
    take_in: TakeIn, work: Work, people: People, monkeypatch: pytest.MonkeyPatch, file: bytes, sentence: str
) -> None:
    monkeypatch.setitem(limits.MOST_LINES, "sqlite", 10)
    import_id = take_in(file)
    work()
    assert standing(import_id, people.responsible)[::3] == ("failed", sentence)


def test_a_file_that_is_too_large_is_refused(take_in: TakeIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE", 2**20)
    with pytest.raises(FieldError, match="file"):
        take_in(b"Contacto\r\n" + b"x" * 2**20)


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_spreadsheets_alphabet_separator_and_line_end_will_do(
    take_in: TakeIn,
    work: Work,
    people: People,
    contact: Contact,
    stored: Stored,
    alphabet: str,
    separator: str,
    end: str,
) -> None:
    rows = [["CONTACTO", "próxima llamada", "nota", ""], ["María Pérez", "3/12/2026 9:05", '"Ñandú €; sí, ""ya"""', ""]]
    import_id = take_in(end.join(separator.join(row) for row in rows).encode(alphabet))
    work()
    assert standing(import_id, people.responsible) == ("checked", 1, 0, None), said(import_id)
    imports.accept(import_id, by=people.responsible)
    work()
    (call,) = stored(select(Call))
    assert (f"{call.proxima_llamada_fecha:%FT%TZ}", call.note) == ("2026-12-03T08:05:00Z", 'Ñandú €; sí, "ya"')


def test_cell_text_is_sanitized_like_a_form_and_refused_when_too_long(
    take_in: TakeIn, work: Work, people: People, contact: Contact, stored: Stored
) -> None:
    lines = [
        "María Pérez;'=1+1;a\x0bb\u202ec\u2028d;", "María Pérez;" + "x" * 201 + ";;",
        "María Pérez;;" + "x" * 20_001 + ";", "María Pérez;;;99999",
    ]  # fmt: skip
    import_id = take_in(csv_of(*lines, heading="Contacto;Resultado;Nota;Duración"))
    work()
    assert said(import_id) == [
        (3, "Resultado", "Demasiado largo: como máximo 200 caracteres."),
        (4, "Nota", "Demasiado largo: como máximo 20000 caracteres."),
        (5, "Duración", "Escribe los minutos, como 12, o minutos y segundos, como 12:30; como máximo, 24 horas."),
    ]
    clean = take_in(csv_of(lines[0], heading="Contacto;Resultado;Nota;Duración"))
    work()
    imports.accept(clean, by=people.responsible)
    work()
    assert [(call.result, call.note) for call in stored(select(Call))] == [("=1+1", "a\nbc\nd")]


def test_yes_and_no_and_a_moment_say_whether_it_is_done(
    take_in: TakeIn, work: Work, people: People, stored: Stored
) -> None:
    began = utcnow().replace(microsecond=0)
    said_done = ["sí", "SI", "yes", "x", "2026-11-20 10:00", "no", "", "quizá"]
    heading = "text;completed_at"  # the names of the API will do, too
    file = csv_of(*[f"{word or 'nada'};{word}" for word in said_done], heading=heading)
    import_id = take_in(file, EntityType.TASK)
    work()
    assert [line for line, _, _ in said(import_id)] == [9]
    import_id = take_in(file.replace("quizá;quizá\r\n".encode(), b""), EntityType.TASK)
    work()
    imports.accept(import_id, by=people.responsible)
    work()
    done = {task.text: task.completed_at for task in stored(select(Task))}
    db.session.commit()
    assert {word: at and at - began < timedelta(minutes=1) for word, at in done.items()} == {
        **dict.fromkeys(["sí", "SI", "yes", "x", "2026-11-20 10:00"], True),
        **dict.fromkeys(["no", "nada"], None),
    }
    assert f"{done['2026-11-20 10:00']:%FT%TZ}" == "2026-11-20T09:00:00Z"
