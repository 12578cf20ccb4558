"""The cursors between the pages of a list."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app.models import Call, Contact, Task
from coverage_app.services.queries import paging
from coverage_app.services.queries.paging import Order

BY_NAME = Order(Contact.name, Contact.id)
BY_DATE = Order(Call.called_at, Call.id, newest_first=True)
BY_DUE = Order(Task.complete_till, Task.id)
AWARE = st.datetimes(timezones=st.just(UTC))


@given(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200),
    st.uuids(),
    st.booleans(),
)
def test_cursor_of_a_name_reads_back(name: str, row_id: UUID, backwards: bool) -> None:
    cursor = paging._cursor(BY_NAME, Contact(id=row_id, name=name), backwards=backwards)
    assert paging._read(BY_NAME, cursor) == (backwards, (name, row_id))


@given(AWARE, st.uuids())
def test_cursor_of_a_moment_reads_back(at: datetime, row_id: UUID) -> None:
    cursor = paging._cursor(BY_DATE, Call(id=row_id, called_at=at), backwards=False)
    assert paging._read(BY_DATE, cursor) == (False, (at, row_id))


def test_cursor_without_a_value_reads_back_only_where_it_may_be_empty() -> None:
    row_id = uuid4()
    cursor = paging._cursor(BY_DUE, Task(id=row_id, complete_till=None), backwards=True)
    assert paging._read(BY_DUE, cursor) == (True, (None, row_id))
    assert paging._read(BY_DATE, cursor) == (False, None)


@given(st.text(max_size=100))
def test_cursor_of_any_text_is_read_or_the_first_page(text: str) -> None:
    assert paging._read(BY_NAME, text)[1] is None or isinstance(paging._read(BY_NAME, text)[0], bool)


@pytest.mark.parametrize("value", [None, 7, "a\x00b", "\ud800", ["x"]])
def test_cursor_with_a_value_no_database_holds_is_the_first_page(value: object) -> None:
    packed = json.dumps([0, value, str(uuid4())]).encode()
    assert paging._read(BY_NAME, base64.urlsafe_b64encode(packed).decode()) == (False, None)


def test_cursor_longer_than_any_given_is_the_first_page() -> None:
    assert paging._read(BY_NAME, "A" * (paging.MAX_CURSOR + 1)) == (False, None)
