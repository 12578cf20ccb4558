"""Pages for what goes wrong: in words, with a way back, without a trace."""

import contextlib
from dataclasses import dataclass

import structlog
from flask import Flask, current_app, g, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.wrappers import Response

from coverage_app import security_events
from coverage_app.database import is_unavailable
from coverage_app.errors import Conflict, NotFound, Overloaded
from coverage_app.extensions import db
from coverage_app.request_limits import MAX_FORM
from coverage_app.web.middleware.auth import safe_next

log = structlog.get_logger()
Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


@dataclass(frozen=True)
class ErrorPage:
    title: LazyString
    sentence: LazyString


PAGES = {
    400: ErrorPage(_l("That did not arrive whole"), _l("The request could not be understood. Go back and try again.")),
    403: ErrorPage(_l("This is not open to you"), _l("Ask an administrator if you think that it should be.")),
    404: ErrorPage(_l("There is nothing here"), _l("The address is wrong, or somebody has deleted what was here.")),
    405: ErrorPage(_l("This address cannot be used like that"), _l("Go back and use the buttons of the page.")),
    413: ErrorPage(
        _l("That is too much at once"),
        _l(
            "A form holds up to %(most)d kilobytes, a file for an import up to twenty megabytes. Shorten it and try"
            " again.",
            most=MAX_FORM // 1024,
        ),
    ),
    414: ErrorPage(
        _l("That address is too long"),
        _l("It holds more than an address may. Go back, and choose fewer filters at once."),
    ),
    431: ErrorPage(
        _l("Your browser sends too much"),
        _l("Delete this site's cookies in the browser, and try again."),
    ),
    429: ErrorPage(_l("That was too often"), _l("Wait a minute, and try again.")),
    503: ErrorPage(
        _l("The application cannot answer just now"),
        _l("Its database is out of reach or being restarted. Nothing was saved; try again in a moment."),
    ),
    500: ErrorPage(
        _l("Something went wrong on our side"),
        _l("It has been noted. What you saved before is safe; try again in a moment."),
    ),
}
AGAIN_AFTER = "10"  # seconds: a database that is restarted is back by then
EXPIRED = ErrorPage(
    _l("This form had been open for too long"),
    _l("Nothing was saved. Go back, load the page again and repeat what you did; copy what you wrote first."),
)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Conflict, _overtaken)
    app.register_error_handler(Overloaded, _overloaded)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(SQLAlchemyError, _database_failed)
    app.register_error_handler(InternalServerError, _broken)


def _refused(error: HTTPException) -> Answer:
    code = error.code or 500
    page = PAGES.get(code) or PAGES[500 if code >= 500 else 400]
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _page(page), code, headers


def _not_found(_error: NotFound) -> Answer:
    return _page(PAGES[404]), 404


def _overtaken(error: Conflict) -> Answer:
    return _page(ErrorPage(_l("Somebody was faster"), error.sentence), back=safe_next(request.path)), 409


def _overloaded(error: Overloaded) -> Answer:
    page = ErrorPage(_l("Very busy at this moment"), error.sentence)
    return _page(page, back=safe_next(request.path)), 503, {"Retry-After": "5"}


def _expired(_error: CSRFError) -> Answer:
    security_events.record("csrf.refused")
    # The form lives on the page that sent it: the same address shows it again where it answers to GET.
    return _page(EXPIRED, back=safe_next(request.path)), 400


def _database_failed(error: SQLAlchemyError) -> Answer | Response:
    """Answer 503 when the database is away, after one more try where nothing had been sent to it for this request.

    Raises the error itself when the statement was at fault: it is a fault of ours, answered with 500.
    """
    if not is_unavailable(error):
        raise error
    with contextlib.suppress(SQLAlchemyError):
        db.session.rollback()
    if isinstance(error, DBAPIError) and error.connection_invalidated and _may_be_tried_again():
        g.tried_again = True
        return current_app.full_dispatch_request()
    log.warning("database.unavailable", endpoint=request.endpoint, error=str(error.__cause__ or error).splitlines()[0])
    return _unavailable()


def _may_be_tried_again() -> bool:
    """Once, and only what changes nothing, or failed at the first question: who is asking."""
    first = "tried_again" not in g
    return first and (request.method in ("GET", "HEAD") or "reader" not in g)


def _unavailable() -> Answer:
    # Not render_template: what it gives every page asks the database who is signed in.
    template = current_app.jinja_env.get_template("errors/error.html")
    return template.render(page=PAGES[503], back="/"), 503, {"Retry-After": AGAIN_AFTER}


def _broken(error: InternalServerError) -> Answer:
    with contextlib.suppress(SQLAlchemyError):
        db.session.rollback()  # what failed may have left the transaction unusable
    original = error.original_exception
    if isinstance(original, SQLAlchemyError) and is_unavailable(original):
        return _unavailable()
    return _page(PAGES[500]), 500


def _unknown_host(_error: SecurityError) -> Answer:
    # Without a trusted host no address can be built, so there is no page to draw.
    return "400 Bad Request: unknown host\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _page(page: ErrorPage, back: str = "/") -> str:
    return render_template("errors/error.html", page=page, back=back)
