"""Opportunities: work that a contact may give the firm, followed up until it is won or lost."""

from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import InputRequired

from coverage_app.enums import OpportunityStatus
from coverage_app.models import LeadOpportunity
from coverage_app.services import records
from coverage_app.services.entities import OPPORTUNITY
from coverage_app.services.queries import listings
from coverage_app.web.crud import actions, covered, events
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import LineField, LocalDateTimeField, choice
from coverage_app.web.crud.forms import RecordForm
from coverage_app.web.crud.list_filters import DUE_ORDERS, Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount
from coverage_app.web.present.column_labels import OPPORTUNITY as COLUMNS
from coverage_app.web.present.labels import OPPORTUNITY_STATUSES


class OpportunityForm(covered.CoveredForm):
    entity = OPPORTUNITY
    no_contact = _l("No contact")

    name = LineField(COLUMNS["name"], [InputRequired(_l("Write a name."))])
    contact_id = covered.contact_field(needed=False)
    status = choice(COLUMNS["status"], _l("Choose one of the list."), OPPORTUNITY_STATUSES)
    next_follow_up_date = LocalDateTimeField(COLUMNS["next_follow_up_date"])
    assigned_to_id = covered.owner_field()
    coverage_user_id = covered.cover_field()


def _defaults() -> dict[str, Any]:
    return {"contact_id": covered.asked_id("contact"), "assigned_to_id": current_user.id}


def _context(opportunity: LeadOpportunity) -> dict[str, Any]:
    return events.context(OPPORTUNITY, opportunity) | {"stage": listings.stage_of(opportunity.id)}


def _moved(status: str) -> str:
    match status:
        case OpportunityStatus.WON:
            return _("Won. Its follow-up counts as done.")
        case OpportunityStatus.LOST:
            return _("Lost. Its follow-up counts as done.")
    return _("Open again.")


def _after_save(saved: records.Saved, form: RecordForm) -> None:
    opportunity = saved.record
    if isinstance(opportunity, LeadOpportunity) and opportunity.status != OpportunityStatus.OPEN:
        flash(_moved(opportunity.status), "info")
    events.flash_saved(OPPORTUNITY, saved, form)


def _title(opportunity: LeadOpportunity) -> str:
    return opportunity.name


pages = actions.add_done(
    mount(
        RecordPages(
            name=OPPORTUNITY.folder,
            model=LeadOpportunity,
            form=OpportunityForm,
            labels=Labels(
                many=_l("Opportunities"),
                new=_l("New opportunity"),
                edit=_l("Edit opportunity"),
                saved=_l("Opportunity saved."),
                deleted=_l("Opportunity deleted, with its place in the pipeline. Its reminders were taken back."),
                search=_l("Search by name, telephone or text"),
            ),
            service=covered.CoveredRecords(OPPORTUNITY),
            listing=listings.OPPORTUNITIES,
            narrowing=Narrowing(
                orders=DUE_ORDERS | {"name": _l("Name, A to Z")},
                word="status",
                labels=OPPORTUNITY_STATUSES,
                word_label=COLUMNS["status"],
                when_label=COLUMNS["next_follow_up_date"],
            ),
            columns=(
                ExportColumn(COLUMNS["name"], lambda opportunity: opportunity.name),
                *covered.CONTACT_COLUMNS,
                ExportColumn(COLUMNS["status"], lambda opportunity: OPPORTUNITY_STATUSES[opportunity.status]),
                ExportColumn(COLUMNS["closed_at"], lambda opportunity: opportunity.closed_at),
                ExportColumn(COLUMNS["next_follow_up_date"], lambda opportunity: opportunity.next_follow_up_date),
                ExportColumn(COLUMNS["next_follow_up_done_at"], lambda opportunity: opportunity.next_follow_up_done_at),
                *covered.PEOPLE_COLUMNS,
            ),
            context=_context,
            defaults=_defaults,
            after_save=_after_save,
            title=_title,
        )
    ),
    OPPORTUNITY,
)
actions.add_move(pages, OPPORTUNITY, "status", _moved)
