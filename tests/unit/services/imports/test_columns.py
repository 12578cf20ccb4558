"""The columns that a file may have."""

from coverage_app.services.imports.columns import CALLS, TASKS


def test_needed_columns_are_those_of_the_records() -> None:
    needed = {kind.entity.type: {column.name for column in kind.columns if column.needed} for kind in (CALLS, TASKS)}
    assert needed == {"call": {"entity_id"}, "task": {"text"}}
