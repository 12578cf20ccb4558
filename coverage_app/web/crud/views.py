"""The life of a record in pages (list, new, show, edit, delete): one set of views, a declaration for each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from coverage_app.errors import AlreadyDeleted, AlreadyExists, FieldError, Stale
from coverage_app.models import Contact, Covered, User
from coverage_app.services import history, sanitize
from coverage_app.services.queries import list_query
from coverage_app.services.queries.list_query import Listing
from coverage_app.services.values import Values
from coverage_app.web.crud import audit
from coverage_app.web.crud.export import ExportColumn, spreadsheet
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.crud.list_filters import Narrowing

Answer = Response | str | tuple[str, int]
Stored = Covered | Contact | User


class RecordService(Protocol):
    """How a kind of record is changed. Each raises what the service behind it raises."""

    def create(self, record_id: UUID, changes: Values) -> object: ...
    def save(self, record_id: UUID, changes: Values, versions: set[int] | None) -> object: ...
    def delete(self, record_id: UUID) -> None: ...


@dataclass(frozen=True)
class Labels:
    """What this kind of record is called where the pages speak of it; whole sentences, for their grammar.

    ``deleted`` is None where records are never deleted.
    """

    many: LazyString
    new: LazyString
    edit: LazyString
    saved: LazyString
    search: LazyString
    deleted: LazyString | None = None


@dataclass(frozen=True)
class RecordPages:
    """One kind of record: ``name`` is its folder of templates, its address and its endpoints.

    ``listing`` is its list and ``narrowing`` how the address narrows it; ``list_path`` the list's own address, and
    ``columns`` those of its export, none if it has none. ``context`` adds to a record's own page, ``defaults``
    are what a new form begins with, ``after_save`` says what a save did; ``importable`` whether they are imported.
    """

    name: str
    model: type[Stored]
    form: type[RecordForm]
    labels: Labels
    service: RecordService
    listing: Listing
    narrowing: Narrowing
    columns: tuple[ExportColumn, ...] = ()
    list_path: str = ""
    importable: bool = False
    context: Callable[[Any], Values] = lambda _record: {}
    defaults: Callable[[], Values] = dict
    after_save: Callable[[Any, RecordForm], None] = lambda _saved, _form: None
    title: Callable[[Any], str] = str

    def find(self, record_id: UUID) -> Any:
        """The record with what its pages show. Raises NotFound."""
        return list_query.one(self.listing, self.model, record_id)


def mount(kind: RecordPages, views: "RecordViews | None" = None) -> Blueprint:
    """The pages of ``kind`` as a blueprint; ``views`` where they differ from everybody's."""
    pages, views = Blueprint(kind.name, __name__, url_prefix=f"/{kind.name}"), views or RecordViews(kind)
    pages.add_url_rule(kind.list_path, "list", views.list)
    if kind.columns:
        pages.add_url_rule("/export.csv", "export", views.export)
    pages.add_url_rule("/new", "new", views.new, methods=["GET", "POST"])
    pages.add_url_rule("/<uuid:record_id>", "show", views.show)
    pages.add_url_rule("/<uuid:record_id>/edit", "edit", views.edit, methods=["GET", "POST"])
    if kind.labels.deleted:
        pages.add_url_rule("/<uuid:record_id>/delete", "delete", views.delete, methods=["GET", "POST"])
    return pages


class RecordViews:
    """NotFound is left to the error pages, where it is a 404."""

    def __init__(self, kind: RecordPages):
        self.kind = kind

    def list(self) -> Answer:
        narrowed = self.kind.narrowing.read(self.kind.listing)
        page = list_query.page(self.kind.listing, narrowed.criteria, request.args.get("at"))
        return self._render("list", page=page, narrowed=narrowed, query_args=narrowed.query_args)

    def export(self) -> Response:
        """Exactly what the list shows with the same address, all its pages."""
        criteria = self.kind.narrowing.read(self.kind.listing).criteria
        return spreadsheet(self.kind.name, self.kind.columns, list_query.every(self.kind.listing, criteria))

    def new(self) -> Answer:
        if request.method != "POST":
            return self._form(self.kind.form.fresh(**self.kind.defaults()), None)
        form = self.kind.form()
        record_id = form.new_id()
        if not (form.validate() and record_id):
            return self._form(form, None), 422
        try:
            saved = self.kind.service.create(record_id, form.changes())
        except AlreadyExists:
            return self._sent_twice(record_id, form)
        except AlreadyDeleted:
            form.take_new_id(_("This was saved before, and somebody has deleted it since. Save again to make it anew."))
            return self._form(form, None), 422
        except FieldError as error:
            form.refuse(error)
            return self._form(form, None), 422
        return self._saved(record_id, saved, form)

    def show(self, record_id: UUID) -> Answer:
        record = self.kind.find(record_id)
        history = audit.of_record(self.kind.model, record_id, request.args.get("h"))
        return self._render("show", record=record, history=history, **self.kind.context(record))

    def edit(self, record_id: UUID) -> Answer:
        record = self.kind.find(record_id)
        form = self.kind.form(obj=record)
        if not form.is_submitted():
            return self._form(form, record)
        if not form.validate():
            return self._form(form, record), 422
        try:
            saved = self.kind.service.save(record_id, form.changes(), form.versions())
        except Stale:
            return self._stale(record_id, form)
        except FieldError as error:
            form.refuse(error)
            return self._form(form, self.kind.find(record_id)), 422
        return self._saved(record_id, saved, form)

    def delete(self, record_id: UUID) -> Answer:
        record = self.kind.find(record_id)
        if request.method != "POST":  # HEAD is a way of looking, too
            return self._render("delete", record=record, **self.kind.context(record))
        self.kind.service.delete(record_id)
        flash(str(self.kind.labels.deleted), "success")
        return redirect(url_for(f"{self.kind.name}.list"))

    def _sent_twice(self, record_id: UUID, form: RecordForm) -> Answer:
        """The first sending made the record. The same again is no news; anything else is shown, not thrown away."""
        record = self.kind.find(record_id)
        if self._same(record, form):
            return redirect(url_for(f"{self.kind.name}.show", record_id=record_id))
        form.form_errors.append(
            _("This was already saved, with other contents. Below is what you typed now: save to replace it.")
        )
        return self._form(form, record), 422

    def _stale(self, record_id: UUID, form: RecordForm) -> Answer:
        """Somebody else saved after this form was drawn. The same as theirs is no news; else both are shown."""
        record = self.kind.find(record_id)
        if self._same(record, form):
            return redirect(url_for(f"{self.kind.name}.show", record_id=record_id))
        typed = sanitize.clean(self.kind.model, form.changes())
        form.compare(audit.stored(self.kind.model, history.differences(record, typed)), record.version)
        return self._form(form, record), 409

    def _same(self, record: Stored, form: RecordForm) -> bool:
        try:
            typed = sanitize.clean(self.kind.model, form.changes())
        except FieldError:
            return False
        return all(getattr(record, name) == value for name, value in typed.items())

    def _saved(self, record_id: UUID, saved: object, form: RecordForm) -> Answer:
        flash(str(self.kind.labels.saved), "success")
        self.kind.after_save(saved, form)
        return redirect(url_for(f"{self.kind.name}.show", record_id=record_id))

    def _form(self, form: RecordForm, record: Stored | None) -> str:
        form.offer(record)
        goal = url_for(f"{self.kind.name}.edit", record_id=record.id) if record else url_for(f"{self.kind.name}.new")
        return self._render("form", form=form, record=record, goal=goal)

    def _render(self, template: str, **context: object) -> str:
        return render_template(f"{self.kind.name}/{template}.html", kind=self.kind, words=self.kind.labels, **context)
