"""Cursors of the API's lists: signed, and valid only for the list that issued them."""

from collections.abc import Callable

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer

from coverage_app.api.errors import Refusal
from coverage_app.services.queries.paging import Page
from coverage_app.services.values import Values

NOT_OURS = _l("This cursor does not belong to this list.")


def paged(query: Values, list_page: Callable[[str | None, int], Page]) -> Values:
    """Return one page of a list, by the limit and cursor of ``query``; ``list_page`` gets the cursor and the size."""
    page = list_page(_cursor(query.get("cursor")), query["limit"])
    return {"items": page.rows, "next": page.after and _seal().dumps(page.after)}


def _cursor(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return str(_seal().loads(cursor))
    except BadSignature:
        raise Refusal(422, errors={"cursor": [str(NOT_OURS)]}) from None


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].signing_keys, salt=f"cursor of {request.path}")
