"""How much an import may hold."""

from flask_babel import lazy_gettext as _l

from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.services.imports.table import FIELD

MAX_FILE = 20 * 1024 * 1024  # bytes
CHUNK = 500  # lines that are checked, and written, together
# SQLite has one writer: everybody else waits while an import is written.
MOST_LINES = {"postgresql": 50_000, "sqlite": 5_000}
MOST_OPEN = 10  # imports of one person that are not over


def most_lines() -> int:
    return MOST_LINES[db.engine.dialect.name]


def check_number(lines: int) -> None:
    """Raises FieldError when there are no lines, or too many."""
    if not lines:
        raise FieldError(FIELD, _l("The file has a heading and no line under it."))
    most = most_lines()
    if lines > most:
        sentence = _l("The file has %(lines)d lines; at most %(most)d go at once. Divide it.", lines=lines, most=most)
        raise FieldError(FIELD, sentence)
