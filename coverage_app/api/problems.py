"""Answers every error under ``/api`` as ``application/problem+json``, routing errors included."""

import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, json, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from coverage_app.api.blueprint import PREFIX, api
from coverage_app.api.errors import INVALID, Refusal
from coverage_app.database import is_unavailable
from coverage_app.errors import (
    AlreadyDeleted,
    AlreadyExists,
    Conflict,
    DomainError,
    FieldError,
    NotFound,
    Stale,
    StillReferenced,
)
from coverage_app.extensions import db

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
DETAILS = {
    400: _l("The request could not be understood."),
    404: _l("There is nothing at this address."),
    405: _l("This address does not take that method; Allow says which it takes."),
    413: _l("A body holds up to one megabyte; a CSV file for an import, up to twenty."),
    414: _l("The address is too long, or its query has too many parameters."),
    431: _l("The headers are too long."),
    429: _l("That was too many requests; Retry-After says how many seconds to wait."),
    500: _l("Something went wrong on our side. It has been noted."),
    503: _l("The database is out of reach just now. Nothing was saved; Retry-After says when to try again."),
}
AGAIN_AFTER = "10"  # seconds
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (Stale, 412),
    (Conflict, 409),
    (StillReferenced, 409),
    (AlreadyExists, 409),
    (AlreadyDeleted, 409),
)


def init_app(app: Flask) -> None:
    """Handle, for addresses under ``/api``, the errors that no address was found for."""
    handlers = app.error_handler_spec[None]
    for code, kind in ((None, HTTPException), (400, SecurityError)):
        handlers[code][kind] = _split(handlers[code][kind])


def http_error(error: HTTPException) -> Response:
    """Return an HTTP error as a problem."""
    if isinstance(error, Refusal):
        return _problem(error.code or 400, error.detail, error.headers, errors=error.errors)
    code = error.code or 500
    if code >= 500:
        db.session.rollback()  # what failed may have left the transaction unusable
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _problem(code, DETAILS.get(code, DETAILS[400]), headers)


def domain_error(error: DomainError) -> Response:
    """Return what a service raised as a problem."""
    if isinstance(error, FieldError):
        return _problem(422, INVALID, errors={error.field: [str(error.sentence)]})
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 422)
    counts = error.counts if isinstance(error, StillReferenced) else None
    return _problem(status, error.sentence, records=counts)


def database_error(error: SQLAlchemyError) -> Response:
    """Return the problem of an unavailable database. Raises the error itself when the statement was at fault."""
    if not is_unavailable(error):
        raise error
    with contextlib.suppress(SQLAlchemyError):
        db.session.rollback()
    log.warning("database.unavailable", endpoint=request.endpoint, error=str(error.__cause__ or error).splitlines()[0])
    return _problem(503, DETAILS[503], {"Retry-After": AGAIN_AFTER})


def _problem(status: int, detail: LazyString | str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": str(detail)}
    body |= {name: value for name, value in more.items() if value is not None}
    return Response(json.dumps(body), status, headers, content_type=MEDIA_TYPE)


def _split(page: Callable[..., Any]) -> Callable[[HTTPException], Any]:
    def answer(error: HTTPException) -> Any:
        ours = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
        return http_error(error) if ours else page(error)

    return answer


# Flask looks first for a handler of the very status: the pages have one for 500, so there is one here, too.
for _kind in (HTTPException, InternalServerError):
    api.register_error_handler(_kind, http_error)
api.register_error_handler(DomainError, domain_error)
api.register_error_handler(SQLAlchemyError, database_error)
