"""Tasks: what a person must get done, with or without a date, with or without a contact."""

from functools import partial

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import InputRequired

from coverage_app.models import Task
from coverage_app.services.entities import TASK
from coverage_app.services.queries import listings
from coverage_app.services.values import Values
from coverage_app.web.crud import actions, covered, events
from coverage_app.web.crud.export import ExportColumn
from coverage_app.web.crud.fields import LocalDateTimeField, TextField
from coverage_app.web.crud.list_filters import DUE_ORDERS, Narrowing
from coverage_app.web.crud.views import Labels, RecordPages, mount
from coverage_app.web.present.column_labels import TASK as COLUMNS
from coverage_app.web.present.filters import excerpt


class TaskForm(covered.CoveredForm):
    entity = TASK
    no_contact = _l("No contact")

    text = TextField(COLUMNS["text"], [InputRequired(_l("Write what is to be done."))])
    entity_id = covered.contact_field(needed=False)
    complete_till = LocalDateTimeField(COLUMNS["complete_till"])
    responsible_user_id = covered.owner_field()
    coverage_user_id = covered.cover_field()


def _defaults() -> Values:
    return {"entity_id": covered.id_from_query("contact"), "responsible_user_id": current_user.id}


def _title(task: Task) -> str:
    return excerpt(task.text, 80)


pages = actions.add_done(
    mount(
        RecordPages(
            name=TASK.folder,
            model=Task,
            form=TaskForm,
            labels=Labels(
                many=_l("Tasks"),
                new=_l("New task"),
                edit=_l("Edit task"),
                saved=_l("Task saved."),
                deleted=_l("Task deleted. Its reminders were taken back."),
                search=_l("Search by name, telephone or text"),
            ),
            service=covered.CoveredRecords(TASK),
            listing=listings.TASKS,
            narrowing=Narrowing(orders=DUE_ORDERS, when_label=COLUMNS["complete_till"]),
            columns=(
                ExportColumn(COLUMNS["text"], lambda task: task.text),
                *covered.CONTACT_COLUMNS,
                ExportColumn(COLUMNS["complete_till"], lambda task: task.complete_till),
                ExportColumn(COLUMNS["completed_at"], lambda task: task.completed_at),
                *covered.PEOPLE_COLUMNS,
            ),
            context=partial(events.context, TASK),
            defaults=_defaults,
            after_save=partial(events.flash_saved, TASK),
            title=_title,
            importable=True,
        )
    ),
    TASK,
)
