"""A CSV file as a heading and lines, whatever a spreadsheet chose."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_app.errors import FieldError
from coverage_app.services.imports import csv_file
from coverage_app.services.imports.csv_file import CsvFile


def read(content: bytes) -> CsvFile:
    return csv_file.read(lambda: BytesIO(content))


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_read_recognises_alphabet_separator_and_line_end(alphabet: str, separator: str, end: str) -> None:
    lines = [["Teléfono", "Año"], ["1", "dos"], ["", ""], ["3", "cuatro, ñ; 5"]]
    text = end.join(separator.join(f'"{cell}"' for cell in line) for line in lines) + end
    file = read(text.encode(alphabet))
    assert (file.heading, list(file.lines())) == (lines[0], [(2, lines[1]), (4, lines[3])])


def test_read_drops_the_empty_cells_behind_the_heading() -> None:
    assert read(b"\n a ; b ;;\n1;2;3;4\n").heading == ["a", "b"]


@pytest.mark.parametrize("content", [b"", b"\n\n ; \n", b"PK\x03\x04zip", b"a;b\x00\n", b"\x81\x8d;\n", b"x;" * 101])
def test_read_of_what_is_no_csv_file_is_refused(content: bytes) -> None:
    with pytest.raises(FieldError) as refused:
        read(content)
    assert refused.value.field == "file"


def test_lines_stop_at_a_line_that_is_too_long_or_badly_quoted() -> None:
    for broken in (b'"a"b;c\n', b"x" * (csv_file.MAX_LINE + 1) + b"\n"):
        with pytest.raises(FieldError):
            list(read(b"a;b\n1;2\n" + broken).lines())


@given(st.binary(max_size=300))
def test_read_of_any_bytes_ends_in_lines_or_a_refusal(content: bytes) -> None:
    try:
        for number, cells in read(content).lines():
            assert number > 1 and any(cell.strip() for cell in cells)
    except FieldError as refused:
        assert refused.field == "file"
