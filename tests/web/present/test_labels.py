"""Every value of a vocabulary and every column that people may see has its words, in one place."""

from enum import StrEnum
from typing import Any

import pytest

from coverage_app import enums
from coverage_app.enums import EntityType, RecordKind
from coverage_app.services import health, imports
from coverage_app.services.delivery import claims
from coverage_app.services.entities import ENTITIES
from coverage_app.services.health.checks import Component
from coverage_app.services.history import MODELS
from coverage_app.services.queries.coverages import View
from coverage_app.services.queries.list_query import State
from coverage_app.web.crud import audit
from coverage_app.web.crud.forms import OF_THE_FORM, RecordForm
from coverage_app.web.pages.calls import CallForm
from coverage_app.web.pages.contacts import ContactForm
from coverage_app.web.pages.opportunities import OpportunityForm
from coverage_app.web.pages.people import PersonForm
from coverage_app.web.pages.pipeline import StageForm
from coverage_app.web.pages.tasks import TaskForm
from coverage_app.web.present import column_labels, labels

WORDS: dict[type[StrEnum], labels.Words] = {
    enums.EventKind: labels.EVENT_KINDS,
    enums.Status: labels.REMINDER_STATUSES,
    enums.SkipReason: labels.SKIP_REASONS,
    enums.OpportunityStatus: labels.OPPORTUNITY_STATUSES,
    enums.StageName: labels.STAGES,
    enums.Action: labels.ACTIONS,
    enums.ImportState: labels.IMPORT_STATES,
    enums.Role: labels.ROLES,
    enums.DashboardPeriod: labels.PERIODS,
    enums.CalendarShape: labels.SHAPES,
    Component: labels.COMPONENTS,
    State: labels.STATES,
    View: labels.VIEWS,
}
# Named in whole sentences, with what was found (the banner, System), or not shown at all.
WITHOUT = {health.Problem, enums.CoverageSource, enums.ProcessKind}
TOGETHER = {EntityType, RecordKind}  # one vocabulary: what has a history
FORMS: dict[str, type[RecordForm]] = {
    EntityType.CALL: CallForm,
    EntityType.TASK: TaskForm,
    EntityType.PIPELINE_ACTION: StageForm,
    EntityType.OPPORTUNITY: OpportunityForm,
    RecordKind.CONTACT: ContactForm,
    RecordKind.USER: PersonForm,
}
# Never among the differences of a person's history.
SECRET = {"password_hash", "must_change_password"}


def test_every_enumeration_has_labels_or_is_not_shown() -> None:
    ours = {one for one in StrEnum.__subclasses__() if one.__module__.startswith("coverage_app.")}
    assert ours == WORDS.keys() | WITHOUT | TOGETHER


@pytest.mark.parametrize("shown", WORDS, ids=lambda shown: str(shown.__name__))
def test_every_value_of_an_enumeration_has_a_label(shown: type[StrEnum]) -> None:
    assert set(WORDS[shown]) == set(shown)


def test_every_value_of_the_other_vocabularies_has_a_label() -> None:
    assert set(labels.RECORD_KINDS) == set(MODELS) == {*EntityType, *RecordKind}
    assert set(labels.LANGUAGES) == set(enums.LOCALES)
    assert claims.NO_OUTCOME in labels.FAILURES
    chosen = {(kind, name): set(words) for kind, entity in ENTITIES.items() for name, words in entity.choices.items()}
    assert {of: set(words) for of, words in column_labels.VALUES.items() if of[0] in ENTITIES} == chosen


@pytest.mark.parametrize("kind", MODELS)
def test_every_column_that_history_may_record_has_a_label(kind: str) -> None:
    columns = set(MODELS[kind].__table__.columns.keys()) - {"id"} - audit.SILENT - SECRET
    assert set(column_labels.BY_KIND[kind]) == columns


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_calls_its_fields_as_the_columns_are_called(kind: str, speak: Any) -> None:
    with speak("es"):
        said = {field.name: str(field.label.text) for field in FORMS[kind]() if field.name not in OF_THE_FORM}
        assert said == {name: str(column_labels.BY_KIND[kind][name]) for name in said}


@pytest.mark.parametrize("kind", imports.KINDS)
def test_a_file_to_import_calls_its_columns_as_the_pages_do(kind: EntityType, speak: Any) -> None:
    """Services cannot import the pages' words, so the import has its own: the same."""
    called = column_labels.BY_KIND[kind]
    with speak("es"):
        differing = {
            column.name: str(column.label)
            for column in imports.KINDS[kind].columns
            if column.name in called and str(column.label) != str(called[column.name])
        }
    assert differing == {}
