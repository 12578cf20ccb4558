"""Importing calls and tasks: the file, how far it is, which lines cannot be written and why, and the last word."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import FileField

from coverage_app.clock import utcnow
from coverage_app.enums import EntityType, ImportState
from coverage_app.errors import AlreadyExists, FieldError
from coverage_app.services import imports
from coverage_app.web.crud.export import ExportColumn, spreadsheet
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.middleware.auth import me

pages = Blueprint("imports", __name__, url_prefix="/imports")
Answer = Response | str | tuple[str, int]
SHOWN = 100  # lines; the rest are in a file
MULTIPART = "multipart/form-data"
WRAPPING = 64 * 1024  # of the form around the file


@dataclass(frozen=True)
class ImportLabels:
    """What is imported, in whole sentences; ``folder`` is where the records' own pages are."""

    folder: str
    many: LazyString
    title: LazyString
    write: LazyString


KINDS = {
    EntityType.CALL: ImportLabels("calls", _l("Calls"), _l("Import calls"), _l("Write the calls")),
    EntityType.TASK: ImportLabels("tasks", _l("Tasks"), _l("Import tasks"), _l("Write the tasks")),
}
MOVING = (ImportState.WAITING, ImportState.CHECKING, ImportState.WRITING)


class FileForm(RecordForm):
    file = FileField(_l("File"))

    def chosen(self) -> FileStorage:
        """Raises FieldError when none was."""
        if not (isinstance(self.file.data, FileStorage) and self.file.data.filename):
            raise FieldError(self.file.name, _l("Choose a file."))
        return self.file.data


def init_app(app: Flask) -> None:
    """Let a file be larger than a form, if somebody sends it who has signed in.

    To be called before the CSRF check is registered, which reads the whole form; a view would come too late.
    """
    app.before_request(_let_files_in)


def _let_files_in() -> None:
    if request.endpoint in SENDING and request.mimetype == MULTIPART and current_user.is_authenticated:
        imports.expect_file()
        request.max_content_length = imports.MAX_FILE + WRAPPING


def take_in(kind: EntityType) -> Answer:
    form = FileForm()
    if not form.is_submitted():
        return _form(kind, FileForm.fresh())
    import_id = form.new_id()
    if not (form.validate() and import_id):
        return _form(kind, form), 422
    try:
        sent = form.chosen()
        imports.upload(kind, sent.stream, by=me(), now=utcnow(), name=sent.filename, import_id=import_id)
    except AlreadyExists:  # sent twice: the first one is what was meant
        pass
    except FieldError as error:
        form.refuse(error)
        return _form(kind, form), 422
    return redirect(url_for("imports.show", import_id=import_id))


def template(kind: EntityType) -> Response:
    """An empty file with every heading, in the reader's words."""
    columns = tuple(ExportColumn(column.label, lambda _nothing: None) for column in imports.KINDS[kind].columns)
    return spreadsheet(KINDS[kind].folder, columns, [])


def _mount(kind: EntityType, folder: str) -> None:
    pages.add_url_rule(f"/{folder}", folder, lambda: take_in(kind), methods=["GET", "POST"])
    pages.add_url_rule(f"/{folder}/template.csv", f"{folder}_template", lambda: template(kind))


for _kind, _words in KINDS.items():
    _mount(_kind, _words.folder)
SENDING = {f"{pages.name}.{words.folder}" for words in KINDS.values()}


@pages.get("/<uuid:import_id>")
def show(import_id: UUID) -> str:
    imported = imports.one(import_id, by=me())
    moving, refused = imported.state in MOVING, bool(imported.refused)
    return render_template(
        "imports/show.html",
        one=imported,
        words=KINDS[EntityType(imported.kind)],
        moving=moving,
        refused=refused,
        messages=[] if moving else imports.first_messages(import_id, SHOWN, refused=refused),
    )


@pages.get("/<uuid:import_id>/lines.csv")
def lines(import_id: UUID) -> Response:
    """Everything there is to say of its lines."""
    imports.one(import_id, by=me())
    columns = (
        ExportColumn(_l("Line"), lambda message: message["line"]),
        ExportColumn(_l("Column"), lambda message: message["column"]),
        ExportColumn(_l("What is wrong"), lambda message: message["sentence"]),
    )
    return spreadsheet("import", columns, imports.messages(import_id))


@pages.post("/<uuid:import_id>/accept")
def accept(import_id: UUID) -> Response:
    try:
        imports.accept(import_id, by=me())
    except imports.InvalidState as error:
        flash(str(error.sentence), "warning")
    return redirect(url_for("imports.show", import_id=import_id))


@pages.post("/<uuid:import_id>/discard")
def discard(import_id: UUID) -> Response:
    try:
        imports.discard(import_id, by=me())
    except imports.InvalidState as error:
        flash(str(error.sentence), "warning")
    return redirect(url_for("imports.show", import_id=import_id))


def _form(kind: EntityType, form: FileForm) -> str:
    return render_template(
        "imports/new.html",
        form=form,
        words=KINDS[kind],
        columns=imports.KINDS[kind].columns,
        most=imports.most_lines(),
        earlier=imports.of(me().id, kind),
    )
