"""History, for administrators: who changed what in which record, searched and exported."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _l

from coverage_app.enums import Action
from coverage_app.models import AuditEntry
from coverage_app.services.queries import audit, list_query
from coverage_app.services.queries.list_query import EXPORTED_AT_ONCE, Criteria, Listing
from coverage_app.web.crud.audit import AuditLine, Difference, describe
from coverage_app.web.crud.export import ExportColumn, spreadsheet
from coverage_app.web.crud.list_filters import Narrowing
from coverage_app.web.middleware.auth import admins_only
from coverage_app.web.present.column_labels import OWNER
from coverage_app.web.present.labels import RECORD_KINDS

pages = Blueprint("history", __name__, url_prefix="/history")
pages.before_request(admins_only)

NARROWING = Narrowing(
    orders={"newest": _l("Newest first"), "oldest": _l("Oldest first")},
    word="kind",
    labels=RECORD_KINDS,
    word_label=_l("Kind of record"),
)


@dataclass(frozen=True)
class Cells:
    """One line of the export: one value that changed, or a change that has none."""

    line: AuditLine
    one: Difference | None


COLUMNS = (
    ExportColumn(_l("When"), lambda cells: cells.line.change.at),
    ExportColumn(_l("Who"), lambda cells: cells.line.by),
    ExportColumn(OWNER, lambda cells: cells.line.owner),
    ExportColumn(_l("What"), lambda cells: cells.line.action),
    ExportColumn(_l("Kind of record"), lambda cells: cells.line.kind),
    ExportColumn(_l("Record"), lambda cells: cells.line.change.subject),
    ExportColumn(_l("Field"), lambda cells: cells.one and cells.one.label),
    ExportColumn(_l("Before"), lambda cells: cells.one and cells.one.before),
    ExportColumn(_l("After"), lambda cells: cells.one and cells.one.after),
    ExportColumn(_l("Note"), lambda cells: cells.line.change.note),
)


@pages.get("")
def list() -> str:
    listed, action = _listed()
    narrowed = NARROWING.read(listed)
    page = list_query.page(listed, narrowed.criteria, request.args.get("at"))
    return render_template(
        "history/list.html",
        lines=describe(page.rows),
        page=page,
        narrowed=narrowed,
        query_args=narrowed.query_args | ({"action": action} if action else {}),
        action=action,
    )


@pages.get("/export.csv")
def export() -> Response:
    """Exactly what the list shows with the same address, a line for each value that changed."""
    listed, _action = _listed()
    return spreadsheet("history", COLUMNS, _cells(listed, NARROWING.read(listed).criteria))


def _listed() -> tuple[Listing, str | None]:
    """The history, limited to the action that the address names; one that does not exist limits nothing."""
    action = request.args.get("action")
    if action not in [one.value for one in Action]:
        return audit.HISTORY, None
    return replace(audit.HISTORY, query=audit.HISTORY.query.where(AuditEntry.action == action)), action


def _cells(listed: Listing, criteria: Criteria) -> Iterator[Cells]:
    rows = list_query.every(listed, criteria)
    # In the batches in which they are read, so that their names take one query, before the rows are released.
    while batch := [*islice(rows, EXPORTED_AT_ONCE)]:
        for line in describe(batch):
            alone: tuple[Difference | None, ...] = (None,)
            yield from (Cells(line, one) for one in line.differences or alone)
