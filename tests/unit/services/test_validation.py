"""What a record must satisfy, seen in a task without a contact: no rule of these asks the database."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from coverage_app.models import Task, User
from coverage_app.services import validation
from coverage_app.services.entities import TASK

ANA, BEA, FORMER = (User(id=uuid4(), name=name, is_active=name != "Former") for name in ("Ana", "Bea", "Former"))


def people(ids: set[UUID]) -> dict[UUID, User]:
    return {person.id: person for person in (ANA, BEA, FORMER) if person.id in ids}


def refused_field(stored: dict[str, Any] | None = None, **changes: Any) -> str | None:
    """The field for which a task of Ana's is refused, or None."""
    task = Task(id=uuid4(), responsible_user_id=ANA.id, text="Pedir cita", **stored or {})
    try:
        validation.check(TASK, task, changes, people)
    except validation.FieldError as refused:
        return refused.field
    return None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"coverage_user_id": BEA.id}, None),
        ({"coverage_user_id": ANA.id}, "coverage_user_id"),
        ({"coverage_user_id": FORMER.id}, "coverage_user_id"),
        ({"coverage_user_id": uuid4()}, "coverage_user_id"),
        ({"responsible_user_id": None}, "responsible_user_id"),
        ({"responsible_user_id": BEA.id, "coverage_user_id": ANA.id}, None),
    ],
)
def test_check_people_refuses_oneself_strangers_and_the_inactive(changes: dict[str, Any], field: str | None) -> None:
    assert refused_field(**changes) == field


def test_check_leaves_a_cover_deactivated_since_where_they_were() -> None:
    assert refused_field({"coverage_user_id": FORMER.id}, text="Pedir hora") is None


@pytest.mark.parametrize("text", ["", None])
def test_check_refuses_an_empty_text_that_is_needed(text: str | None) -> None:
    assert refused_field(text=text) == "text"


@pytest.mark.parametrize(
    ("year", "field"), [(1999, "complete_till"), (2000, None), (2100, None), (2101, "complete_till")]
)
def test_check_accepts_dates_of_this_century_only(year: int, field: str | None) -> None:
    assert refused_field(complete_till=datetime(year, 6, 1, tzinfo=UTC)) == field
