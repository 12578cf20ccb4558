"""Which follow-ups are derived from a record: one per date that is set."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from coverage_app.models import Call, LeadOpportunity, PipelineStage, Task
from coverage_app.services import follow_ups
from coverage_app.services.entities import CALL, ENTITIES, OPPORTUNITY, PIPELINE_ACTION, TASK, Entity

DUE, LATER = datetime(2026, 12, 3, 10, tzinfo=UTC), datetime(2026, 12, 4, 9, tzinfo=UTC)
ANA, BEA, CONTACT = uuid4(), uuid4(), uuid4()


def record(entity: Entity, **values: Any) -> Any:
    """A record of no session: Ana's, covered by Bea, about the contact."""
    people = {entity.responsible: ANA, entity.cover: BEA, entity.contact: CONTACT}
    return entity.model(id=uuid4(), **people | values)


def test_derive_from_a_call_with_both_dates_makes_one_each_in_order() -> None:
    call = record(CALL, proxima_llamada_fecha=DUE, proxima_accion_fecha=LATER, proxima_accion="Enviar contrato")
    assert [
        (one.event_kind, one.due_at, one.title, one.responsible_user_id, one.coverage_user_id, one.contact_id)
        for one in follow_ups.derive(CALL, call)
    ] == [
        ("next_call", DUE, "", ANA, BEA, CONTACT),
        ("next_action", LATER, "Enviar contrato", ANA, BEA, CONTACT),
    ]
    assert {(one.entity_type, one.entity_id) for one in follow_ups.derive(CALL, call)} == {("call", call.id)}


def test_derive_from_records_without_dates_makes_none() -> None:
    assert [follow_ups.derive(entity, record(entity)) for entity in ENTITIES.values()] == [[]] * len(ENTITIES)


def test_derive_without_cover_makes_a_follow_up_of_no_source() -> None:
    [chosen] = follow_ups.derive(TASK, record(TASK, text="Pedir cita", complete_till=DUE))
    [nobody] = follow_ups.derive(TASK, record(TASK, text="Pedir cita", complete_till=DUE, coverage_user_id=None))
    assert [(one.coverage_user_id, one.coverage_source) for one in (chosen, nobody)] == [(BEA, "chosen"), (None, None)]


def test_derive_from_a_done_task_is_done_at_its_mark() -> None:
    task: Task = record(TASK, text="Pedir cita", complete_till=DUE)
    TASK.events[0].mark(task, LATER)
    assert ([one.done_at for one in follow_ups.derive(TASK, task)], task.is_completed) == ([LATER], True)


def test_derive_from_a_closed_opportunity_is_done_when_it_was_closed() -> None:
    sold: LeadOpportunity = record(OPPORTUNITY, name="Arraigo", next_follow_up_date=DUE, closed_at=LATER)
    assert [(one.title, one.done_at) for one in follow_ups.derive(OPPORTUNITY, sold)] == [("Arraigo", LATER)]
    sold.next_follow_up_done_at = DUE  # somebody's own mark says more than the closing
    assert [one.done_at for one in follow_ups.derive(OPPORTUNITY, sold)] == [DUE]


def test_derive_from_a_stage_of_a_contact_is_about_that_contact() -> None:
    stage: PipelineStage = record(PIPELINE_ACTION, next_action_due_date=DUE, next_action_type="Reunión")
    assert [(one.title, one.contact_id) for one in follow_ups.derive(PIPELINE_ACTION, stage)] == [("Reunión", CONTACT)]


@given(st.text(max_size=500))
def test_derive_with_any_title_fits_one_line_of_200_characters(typed: str) -> None:
    call: Call = record(CALL, proxima_accion_fecha=DUE, proxima_accion=typed)
    [one] = follow_ups.derive(CALL, call)
    assert len(one.title) <= follow_ups.MAX_TITLE and len(one.title.splitlines()) <= 1
