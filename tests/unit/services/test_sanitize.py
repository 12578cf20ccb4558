"""What typed text is stored as, and how durations are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app.errors import FieldError
from coverage_app.models import Call, Contact
from coverage_app.services import sanitize


@given(st.text())
def test_one_line_of_any_text_is_one_line_and_stable(text: str) -> None:
    line = sanitize.one_line(text)
    assert len(line.splitlines()) <= 1 and line == line.strip() and "  " not in line
    assert not sanitize.UNSEEN.search(line) and sanitize.one_line(line) == line


@given(st.text())
def test_paragraphs_of_any_text_have_only_lf_and_nothing_unseen(text: str) -> None:
    clean = sanitize.paragraphs(text)
    assert not sanitize.UNSEEN.search(clean) and "\r" not in clean and clean == clean.strip()


def test_paragraphs_preserve_line_breaks_and_tabs() -> None:
    assert sanitize.paragraphs("\ufeffuna\r\ndos\u2028tres\t\x00cuatro\u202e\ud800\n") == "una\ndos\ntres\tcuatro"


def test_clean_makes_empty_text_none_where_the_column_allows_it() -> None:
    assert sanitize.clean(Call, {"note": " \x00", "result": "\n"}) == {"note": None, "result": None}
    assert sanitize.clean(Contact, {"name": " "}) == {"name": ""}


def test_clean_of_text_longer_than_its_column_names_the_field() -> None:
    sanitize.clean(Call, {"result": "x" * 200, "note": "x" * sanitize.MAX_NOTE})
    for name, size in (("result", 201), ("note", sanitize.MAX_NOTE + 1)):
        with pytest.raises(FieldError) as refused:
            sanitize.clean(Call, {name: "x" * size})
        assert refused.value.field == name


def test_clean_leaves_what_is_no_text_alone() -> None:
    assert sanitize.clean(Call, {"duration": 7, "note": None}) == {"duration": 7, "note": None}


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("12", 720), (" 12:30 ", 750), ("1:02:30", 3750), ("0", 0), ("1440", 86_400), ("24:00:00", 86_400)],
)
def test_read_duration_of_minutes_or_clock_is_seconds(typed: str, seconds: int) -> None:
    assert sanitize.read_duration(typed) == seconds


@pytest.mark.parametrize("typed", ["", "-1", "1441", "12:60", "1:2:30", "12,5", "1h", "12:30:", "\u0661", "24:00:01"])
def test_read_duration_of_anything_else_is_none(typed: str) -> None:
    assert sanitize.read_duration(typed) is None


@given(st.integers(0, sanitize.MAX_SECONDS))
def test_read_duration_of_hours_minutes_and_seconds_is_their_sum(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    assert sanitize.read_duration(f"{minutes // 60}:{minutes % 60:02}:{rest:02}") == seconds
