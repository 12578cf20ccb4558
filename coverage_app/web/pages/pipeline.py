"""The pipeline: where each opportunity stands, as a board and as a list, and what is to be done next."""

from functools import partial
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectChoice

from coverage_app.enums import StageName
from coverage_app.models import PipelineStage
from coverage_app.services.entities import PIPELINE_ACTION
from coverage_app.services.queries import board, choices, listings
from coverage_app.web.crud import actions, covered, events
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import LineField, LocalDateTimeField, TextField, choice, pick
from coverage_app.web.crud.list_filters import DUE_ORDERS, Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount

STAGES = {
    StageName.NEW: _l("New"),
    StageName.CONTACTED: _l("Contacted"),
    StageName.MEETING: _l("Meeting"),
    StageName.PROPOSAL: _l("Proposal"),
    StageName.CONTRACT: _l("Contract"),
    StageName.CLOSED: _l("Closed"),
}


class StageForm(covered.CoveredForm):
    entity = PIPELINE_ACTION
    no_contact = _l("No contact")

    opportunity_id = pick(_l("Opportunity"), _l("Choose an opportunity from the list."))
    contact_id = covered.contact_field(needed=False)
    stage_name = choice(_l("Stage"), _l("Choose one of the list."), [SelectChoice(*named) for named in STAGES.items()])
    next_action_type = LineField(_l("Next action"))
    next_action_description = TextField(_l("Description"))
    next_action_due_date = LocalDateTimeField(_l("To be done by"))
    next_action_responsible_id = covered.owner_field()
    next_action_coverage_user_id = covered.cover_field()

    def offer(self, record: Any) -> None:
        super().offer(record)
        offered = choices.waiting_opportunities(record.opportunity_id if record else None)
        named = [(row.id, f"{row.name} · {row.contact_name}" if row.contact_name else row.name) for row in offered]
        self.opportunity_id.choices = [SelectChoice("", _("No opportunity")), *(SelectChoice(*one) for one in named)]


def _defaults() -> dict[str, Any]:
    return {
        "opportunity_id": covered.asked_id("opportunity"),
        "contact_id": covered.asked_id("contact"),
        "next_action_responsible_id": current_user.id,
    }


def _title(stage: PipelineStage) -> str:
    named = stage.opportunity or stage.about
    return named.name if named else ""


def _context(stage: PipelineStage) -> dict[str, Any]:
    return events.context(PIPELINE_ACTION, stage) | {"stages": STAGES}


def _moved(stage: PipelineStage) -> str:
    return _("The stage is now: %(stage)s.", stage=STAGES[StageName(stage.stage_name)])


KIND = RecordPages(
    name=PIPELINE_ACTION.folder,
    model=PipelineStage,
    form=StageForm,
    labels=Labels(
        many=_l("Pipeline"),
        new=_l("Put in the pipeline"),
        edit=_l("Edit stage and next action"),
        saved=_l("Stage and next action saved."),
        deleted=_l("Taken out of the pipeline. Its reminders were taken back."),
        search=_l("Search by name, telephone or text"),
    ),
    service=covered.CoveredRecords(PIPELINE_ACTION),
    listing=listings.STAGES,
    narrowing=Narrowing(
        orders=DUE_ORDERS, word="stage", labels=STAGES, word_label=_l("Stage"), when_label=_l("To be done by")
    ),
    list_path="/list",
    columns=(
        ExportColumn(_l("Opportunity"), lambda stage: stage.opportunity and stage.opportunity.name),
        ExportColumn(_l("Contact"), lambda stage: stage.about and stage.about.name),
        ExportColumn(_l("Telephone"), lambda stage: stage.about and stage.about.phone),
        ExportColumn(_l("Stage"), lambda stage: STAGES[stage.stage_name]),
        ExportColumn(_l("Next action"), lambda stage: stage.next_action_type),
        ExportColumn(_l("Description"), lambda stage: stage.next_action_description),
        ExportColumn(_l("To be done by"), lambda stage: stage.next_action_due_date),
        ExportColumn(_l("Done"), lambda stage: stage.next_action_done_at),
        *covered.PEOPLE_COLUMNS,
    ),
    context=_context,
    defaults=_defaults,
    after_save=partial(events.flash_saved, PIPELINE_ACTION),
    title=_title,
)
pages = actions.add_done(mount(KIND), PIPELINE_ACTION)
actions.add_move(pages, PIPELINE_ACTION, "stage_name", _moved)


@pages.get("")
def show_board() -> str:
    """A column for each stage: its nearest cards, and how many there are."""
    narrowed = KIND.narrowing.read(KIND.listing)
    return render_template(
        "pipeline/board.html",
        kind=KIND,
        words=KIND.labels,
        columns=board.columns(narrowed.asked),
        stages=STAGES,
        narrowed=narrowed,
        kept=narrowed.kept,
    )
