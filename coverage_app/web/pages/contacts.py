"""Contacts: the clients whom everything else is about."""

from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import EmailField

from coverage_app.clock import utcnow
from coverage_app.errors import StillReferenced
from coverage_app.models import Contact
from coverage_app.services import contacts
from coverage_app.services.queries import list_query, listings
from coverage_app.services.queries.list_query import Criteria
from coverage_app.services.values import Values
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import LineField, TextField
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.crud.list_filters import ADDED, Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount
from coverage_app.web.middleware.auth import me
from coverage_app.web.present.column_labels import CONTACT as COLUMNS

SHOWN = 5
RECORDS = {
    "calls": listings.CALLS,
    "tasks": listings.TASKS,
    "opportunities": listings.OPPORTUNITIES,
    "pipeline": listings.STAGES,
}


class ContactForm(RecordForm):
    name = LineField(COLUMNS["name"])
    phone = LineField(COLUMNS["phone"])
    email = EmailField(COLUMNS["email"])
    note = TextField(COLUMNS["note"])

    def changes(self) -> Values:
        typed = super().changes()
        return typed | {"name": typed["name"] or "", "email": (typed["email"] or "").strip().lower() or None}


class ContactPagesService:
    def create(self, record_id: UUID, changes: Values) -> Contact:
        return contacts.create(record_id, changes, by=me(), now=utcnow())

    def save(self, record_id: UUID, changes: Values, versions: set[int] | None) -> Contact:
        return contacts.save(record_id, changes, by=me(), now=utcnow(), versions=versions)

    def delete(self, record_id: UUID) -> None:
        contacts.delete(record_id, by=me(), now=utcnow())


def _context(contact: Contact) -> dict[str, object]:
    """The first few records of each kind, and how many there are of each that keeps the contact from being deleted."""
    criteria = Criteria(contact=contact.id, order="due_last")
    shown = {name: list_query.page(listed, criteria, None, SHOWN) for name, listed in RECORDS.items()}
    return shown | {"counts": contacts.references(contact.id)}


def _title(contact: Contact) -> str:
    return contact.name


KIND = RecordPages(
    name="contacts",
    model=Contact,
    form=ContactForm,
    labels=Labels(
        many=_l("Contacts"),
        new=_l("New contact"),
        edit=_l("Edit contact"),
        saved=_l("Contact saved."),
        deleted=_l("Contact deleted."),
        search=_l("Search by name, telephone or text"),
    ),
    service=ContactPagesService(),
    listing=listings.CONTACTS,
    narrowing=Narrowing(orders={"name": _l("Name, A to Z"), "name_last": _l("Name, Z to A")} | ADDED),
    columns=(
        ExportColumn(COLUMNS["name"], lambda contact: contact.name),
        ExportColumn(COLUMNS["phone"], lambda contact: contact.phone),
        ExportColumn(COLUMNS["email"], lambda contact: contact.email),
        ExportColumn(COLUMNS["note"], lambda contact: contact.note),
    ),
    context=_context,
    title=_title,
)
pages = mount(KIND)


@pages.errorhandler(StillReferenced)
def still_referenced(_error: StillReferenced) -> tuple[str, int]:
    """The page that asks says instead what still speaks of the contact, with links."""
    record = KIND.find((request.view_args or {})["record_id"])
    return render_template("contacts/delete.html", kind=KIND, words=KIND.labels, record=record, **_context(record)), 409
