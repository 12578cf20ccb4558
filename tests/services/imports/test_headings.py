"""The heading of a file, and the columns that it names: in the words of every language, so with an application."""

import pytest

from coverage_app.errors import FieldError
from coverage_app.services.imports.columns import KINDS, TASKS, ImportKind, read_heading
from tests.fixtures.databases import ON_SQLITE

pytestmark = [pytest.mark.usefixtures("app"), ON_SQLITE]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_read_heading_of_the_api_names_finds_each_column(kind: ImportKind) -> None:
    names = [column.name for column in kind.columns]
    assert [column.name for column in read_heading(kind, reversed(names))] == names[::-1]


@pytest.mark.parametrize(
    "heading", [["text", "nada"], ["text", "complete_till", "complete_till"], ["complete_till"], []]
)
def test_read_heading_with_an_unknown_double_or_lacking_column_is_refused(heading: list[str]) -> None:
    with pytest.raises(FieldError) as refused:
        read_heading(TASKS, heading)
    assert refused.value.field == "file"
