"""Validates an import chunk by chunk, each in a transaction of its own, so that any worker can go on."""

from collections.abc import Callable, Iterator
from itertools import islice

from sqlalchemy import func, select

from coverage_app.enums import ImportState
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Import, ImportChunk, User
from coverage_app.services.imports import csv_file, files, lookup
from coverage_app.services.imports.columns import KINDS, read_heading
from coverage_app.services.imports.csv_file import CsvFile
from coverage_app.services.imports.leases import Lease
from coverage_app.services.imports.limits import CHUNK, CHUNK_SIZE, check_number, most_lines
from coverage_app.services.imports.lines import LineResult, LineValidator, as_json

Rows = list[tuple[int, list[str]]]


def validate(imported: Import, by: User, lease: Lease, leaving: Callable[[], bool]) -> None:
    """Validate every line that has no result yet, until ``leaving``; then mark the import as checked.

    The file is read as it is validated, and no transaction is open meanwhile. One that cannot be read at all fails the
    import, with the reason. Raises Lost.
    """
    try:
        sheet = csv_file.read(lambda: files.open_file(imported.id))
        kind = KINDS[imported.kind]  # type: ignore[index]
        validator = LineValidator(imported, kind, read_heading(kind, sheet.heading), by)
        if imported.lines is None:
            _count(sheet, lease)
    except FieldError as error:
        lease.end(ImportState.FAILED, problem=str(error.sentence))
        db.session.commit()
        return
    first = _number_of_chunks(imported)
    for number, rows in enumerate(_chunks(islice(sheet.lines(), imported.checked, None)), first):
        if leaving():
            lease.release()
            db.session.commit()
            return
        _validate_chunk(validator, number, rows, lease)
    lease.end(ImportState.CHECKED)
    db.session.commit()


def _count(sheet: CsvFile, lease: Lease) -> None:
    """Store how many lines there are. Raises FieldError when one is broken, or there are none, or too many."""
    lines = sum(1 for _ in islice(sheet.lines(), most_lines() + 1))
    check_number(lines)
    lease.note(lines=lines)
    db.session.commit()


def _number_of_chunks(imported: Import) -> int:
    number = db.session.scalar(select(func.count()).where(ImportChunk.import_id == imported.id))
    db.session.commit()
    return number or 0


def _chunks(lines: csv_file.Rows) -> Iterator[Rows]:
    """Yield the lines in the chunks that are validated in one transaction."""
    rows: Rows = []
    size = 0
    for number, cells in lines:
        rows.append((number, cells))
        size += len(cells) + sum(map(len, cells))
        if len(rows) == CHUNK or size > CHUNK_SIZE:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _validate_chunk(validator: LineValidator, number: int, rows: Rows, lease: Lease) -> None:
    place = next((at for at, column in enumerate(validator.heading) if column.name == "entity_id"), None)
    names = [] if place is None else [cells[place] for _, cells in rows if place < len(cells)]
    directory = lookup.Directory(lookup.everybody(), lookup.contacts_called(names))
    results = [validator.validate(line, cells, directory) for line, cells in rows]
    _store_results(validator.imported, number, results, lease)


def _store_results(imported: Import, number: int, results: list[LineResult], lease: Lease) -> None:
    refused = sum(result.values is None for result in results)
    lease.note(checked=Import.checked + len(results), refused=Import.refused + refused)
    db.session.add(
        ImportChunk(
            import_id=imported.id,
            number=number,
            values=[[one.number, as_json(one.values)] for one in results if one.values is not None],
            messages=[message for one in results for message in one.messages],
        )
    )
    db.session.commit()
