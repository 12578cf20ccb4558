"""The pipeline: opportunities by stage, as a board and as a list, with their next actions."""

from functools import partial
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectChoice

from coverage_app.models import PipelineStage
from coverage_app.services.entities import PIPELINE_ACTION
from coverage_app.services.queries import board, choices, listings
from coverage_app.services.values import Values
from coverage_app.web.crud import actions, covered, events
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import LineField, LocalDateTimeField, TextField, choice, pick
from coverage_app.web.crud.list_filters import DUE_ORDERS, Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount
from coverage_app.web.present.column_labels import CONTACT
from coverage_app.web.present.column_labels import STAGE as COLUMNS
from coverage_app.web.present.labels import STAGES


class StageForm(covered.CoveredForm):
    entity = PIPELINE_ACTION
    no_contact = _l("No contact")

    opportunity_id = pick(COLUMNS["opportunity_id"], _l("Choose an opportunity from the list."))
    contact_id = covered.contact_field(needed=False)
    stage_name = choice(COLUMNS["stage_name"], _l("Choose one of the list."), STAGES)
    next_action_type = LineField(COLUMNS["next_action_type"])
    next_action_description = TextField(COLUMNS["next_action_description"])
    next_action_due_date = LocalDateTimeField(COLUMNS["next_action_due_date"])
    next_action_responsible_id = covered.owner_field()
    next_action_coverage_user_id = covered.cover_field()

    def offer(self, record: Any) -> None:
        super().offer(record)
        offered = choices.waiting_opportunities(record.opportunity_id if record else None)
        named = [(row.id, f"{row.name} · {row.contact_name}" if row.contact_name else row.name) for row in offered]
        self.opportunity_id.choices = [SelectChoice("", _("No opportunity")), *(SelectChoice(*one) for one in named)]


def _defaults() -> Values:
    return {
        "opportunity_id": covered.id_from_query("opportunity"),
        "contact_id": covered.id_from_query("contact"),
        "next_action_responsible_id": current_user.id,
    }


def _title(stage: PipelineStage) -> str:
    named = stage.opportunity or stage.about
    return named.name if named else ""


def _moved(stage_name: str) -> str:
    return _("The stage is now: %(stage)s.", stage=STAGES[stage_name])


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
        orders=DUE_ORDERS,
        word="stage",
        labels=STAGES,
        word_label=COLUMNS["stage_name"],
        when_label=COLUMNS["next_action_due_date"],
    ),
    list_path="/list",
    columns=(
        ExportColumn(COLUMNS["opportunity_id"], lambda stage: stage.opportunity and stage.opportunity.name),
        ExportColumn(COLUMNS["contact_id"], lambda stage: stage.about and stage.about.name),
        ExportColumn(CONTACT["phone"], lambda stage: stage.about and stage.about.phone),
        ExportColumn(COLUMNS["stage_name"], lambda stage: STAGES[stage.stage_name]),
        ExportColumn(COLUMNS["next_action_type"], lambda stage: stage.next_action_type),
        ExportColumn(COLUMNS["next_action_description"], lambda stage: stage.next_action_description),
        ExportColumn(COLUMNS["next_action_due_date"], lambda stage: stage.next_action_due_date),
        ExportColumn(COLUMNS["next_action_done_at"], lambda stage: stage.next_action_done_at),
        *covered.PEOPLE_COLUMNS,
    ),
    context=partial(events.context, PIPELINE_ACTION),
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
        columns=board.columns(narrowed.criteria),
        narrowed=narrowed,
        query_args=narrowed.query_args,
    )
