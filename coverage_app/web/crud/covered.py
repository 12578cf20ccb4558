"""What the forms of every coverable record share: the door behind them, and the pickers of its people."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from coverage_app import database_clock
from coverage_app.models import Covered
from coverage_app.services import records
from coverage_app.services.entities import Entity
from coverage_app.services.queries import choices
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import pick
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.middleware.auth import me
from coverage_app.web.present import column_labels
from coverage_app.web.present.filters import colleague_name


@dataclass(frozen=True)
class CoveredRecords:
    """``services.records`` for one entity, with the person who asks and the present moment."""

    entity: Entity

    def create(self, record_id: UUID, changes: dict[str, Any]) -> records.Saved:
        return records.create(self.entity, record_id, changes, by=me(), now=database_clock.now())

    def save(self, record_id: UUID, changes: dict[str, Any], versions: set[int] | None) -> records.Saved:
        return records.save(self.entity, record_id, changes, by=me(), now=database_clock.now(), versions=versions)

    def delete(self, record_id: UUID) -> None:
        records.delete(self.entity, record_id, by=me(), now=database_clock.now())


class CoveredForm(RecordForm):
    """The form of a record of ``entity``; its pickers offer contacts and active colleagues."""

    entity: Entity
    no_contact = _l("Choose a contact")

    def offer(self, record: Covered | None) -> None:
        names = self.entity.contact, self.entity.responsible, self.entity.cover
        contact, owner, cover = (self[name] for name in names)
        people = [owner.data, cover.data, *([record.responsible_id, record.cover_id] if record else [])]
        colleagues = choices.colleagues({person for person in people if person})
        named = [SelectChoice(row.id, colleague_name(row)) for row in colleagues]
        owner.choices = named
        cover.choices = [SelectChoice("", _("Nobody covers")), *named]
        contact.choices = [SelectChoice("", str(self.no_contact)), *_contacts()]


def contact_field(*, needed: bool = True) -> SelectField:
    sentence = _l("Choose a contact from the list.")
    return pick(column_labels.ABOUT, sentence, *([InputRequired(sentence)] if needed else []))


def owner_field() -> SelectField:
    missing = InputRequired(_l("Choose who is responsible."))
    return pick(column_labels.OWNER, _l("Choose a colleague from the list."), missing)


def cover_field() -> SelectField:
    return pick(column_labels.COVER, _l("Choose a colleague from the list."))


def asked_id(name: str) -> UUID | None:
    """The record that the address of a new form names (``?contact=``); the pickers know whether it exists."""
    return request.args.get(name, type=UUID)


# How the people of a record are exported.
CONTACT_COLUMNS = (
    ExportColumn(column_labels.ABOUT, lambda record: record.contact and record.contact.name),
    ExportColumn(column_labels.CONTACT["phone"], lambda record: record.contact and record.contact.phone),
)
PEOPLE_COLUMNS = (
    ExportColumn(column_labels.OWNER, lambda record: record.responsible.name),
    ExportColumn(column_labels.COVER, lambda record: record.cover and record.cover.name),
)


def _contacts() -> list[SelectChoice]:
    listed = choices.contacts()
    return [SelectChoice(row.id, f"{row.name} · {row.phone}" if row.phone else row.name) for row in listed]
