"""CSV files of calls or tasks: uploaded, polled while a worker checks them, accepted or discarded."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO
from uuid import UUID, uuid4

from flask import Response, jsonify, request, url_for
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from coverage_app.api import headers
from coverage_app.api.auth import me
from coverage_app.api.blueprint import Operation, add
from coverage_app.api.errors import Refusal
from coverage_app.api.fields import Body, Choice, Flag, Text, Whole
from coverage_app.api.json_parser import spooled
from coverage_app.api.schemas import Stamps
from coverage_app.clock import utcnow
from coverage_app.enums import EntityType, ImportState
from coverage_app.models import Import
from coverage_app.services import imports
from coverage_app.services.validation import MAX_INTEGER
from coverage_app.services.values import Values

TAG, CSV = "imports", "text/csv"
CHARSETS = ("utf-8", "utf8", "windows-1252", "cp1252", "iso-8859-1")
FIRST = 100
WRONG_TYPE = _l("Send the file itself as the body, as Content-Type: text/csv, in UTF-8 or Windows-1252.")
ABOUT = f"""\
A CSV file of up to {imports.MAX_FILE // 2**20} MiB, in UTF-8 or Windows-1252, with `;` or `,`: the body itself, not a \
form. The headings are those of the lists and of their export, in Spanish or English, or the names of the fields. \
Contacts and colleagues are named by e-mail, exact name or id; times are those of your zone, or carry their offset.

A worker checks each line: ask at `Location` until `state` is `checked`. If no line is refused, `POST …/accept` has \
all of it written, or nothing.
"""
EXAMPLES = {
    EntityType.CALL: "Contacto;Próxima llamada;Cobertura\r\nmaria.perez@example.com;03/12/2026 10:00;Bea Soto\r\n",
    EntityType.TASK: "What is to be done;To be done by;Cover\r\nFile the appeal;2026-12-03 17:00;bea@example.com\r\n",
}


class LineSchema(Body):
    line = Whole(1, MAX_INTEGER, required=True, metadata={"description": "As a spreadsheet numbers its rows."})
    column = Text(required=True, allow_none=True)
    sentence = Text(required=True)
    refused = Flag(required=True)


class ImportSchema(Stamps):
    kind = Choice(imports.KINDS, required=True)
    name = Text(200, required=True, allow_none=True, metadata={"description": "The file's, if it came by a form."})
    timezone = Text(64, required=True, metadata={"description": "That of the local times."})
    state = Choice(ImportState, required=True)
    lines = Whole(0, MAX_INTEGER, required=True, allow_none=True, metadata={"description": "null until counted."})
    checked = Whole(0, MAX_INTEGER, required=True)
    refused = Whole(0, MAX_INTEGER, required=True)
    written = Whole(0, MAX_INTEGER, required=True)
    problem = Text(required=True, allow_none=True, metadata={"description": "Why the whole of it failed."})
    first_refused = fields.List(
        fields.Nested(LineSchema), required=True, metadata={"description": f"At most {FIRST} of the refused lines."}
    )


def _as_json(imported: Import) -> Values:
    refused = imports.first_messages(imported.id, FIRST, refused=True) if imported.refused else []
    body: Values = ImportSchema(exclude=["first_refused"]).dump(imported)
    return body | {"first_refused": refused}


def get_import(import_id: UUID) -> Response:
    return jsonify(_as_json(imports.one(import_id, by=me())))


def accept_import(import_id: UUID) -> Response:
    return jsonify(_as_json(imports.accept(import_id, by=me())))


def discard_import(import_id: UUID) -> Response:
    return jsonify(_as_json(imports.discard(import_id, by=me())))


def _file() -> AbstractContextManager[IO[bytes]]:
    """Return the body as a file. The large limit applies only here, after the sender is authenticated."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != CSV or charset not in CHARSETS:
        raise Refusal(415, WRONG_TYPE)
    imports.expect_file()
    return spooled(request, imports.MAX_FILE)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _upload_view(kind: EntityType) -> Callable[[], Response]:
    def upload_file() -> Response:
        now, by = utcnow(), me()

        with _file() as file:

            def upload(store_answer: headers.Keep) -> None:
                new_id = uuid4()
                imports.upload(
                    kind, file, by=by, now=now, import_id=new_id, also=lambda imported: store_answer(_as_json(imported))
                )

            body = headers.once(by.id, lambda: _digest(file), now, upload)
        answer = jsonify(body)
        answer.status_code = 202
        answer.headers["Location"] = url_for("api.get_import", import_id=body["id"])
        return answer

    return upload_file


for _kind, _many in ((EntityType.CALL, "calls"), (EntityType.TASK, "tasks")):
    add(
        Operation(
            "POST",
            f"/crm/{_many}/import",
            f"import_{_many}",
            TAG,
            f"Send a file of {_many}, to be checked and then written",
            ImportSchema,
            202,
            file=CSV,
            about=ABOUT,
            example=EXAMPLES[_kind],
            headers=(headers.IDEMPOTENCY_KEY,),
            refusals=(409,),
        ),
        _upload_view(_kind),
    )
AT = "/imports/<uuid:import_id>"
add(
    Operation("GET", AT, "get_import", TAG, "Show how far an import of yours is", ImportSchema, refusals=(404,)),
    get_import,
)
add(
    Operation(
        "POST",
        f"{AT}/accept",
        "accept_import",
        TAG,
        "Have an import without a refused line written; done twice, it is done once",
        ImportSchema,
        refusals=(404, 409),
    ),
    accept_import,
)
add(
    Operation(
        "POST",
        f"{AT}/discard",
        "discard_import",
        TAG,
        "Give up an import that was not accepted; done twice, it is done once",
        ImportSchema,
        refusals=(404, 409),
    ),
    discard_import,
)
