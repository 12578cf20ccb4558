"""How large a request may be, and how much it may hold: refused before any of it is parsed."""

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge, RequestURITooLarge
from werkzeug.formparser import FormDataParser

MAX_BODY = 1024 * 1024  # bytes; an import raises it for itself
MAX_FORM = 384 * 1024  # bytes; 20,000 emoji in a note, each escaped as twelve, and as much again
MAX_FIELDS = 200  # of a form, and of a query
MAX_TARGET = 64 * 1024  # bytes of path and query together
MAX_HEADER, MAX_HEADERS = 8 * 1024, 64 * 1024  # characters of one, and of all together
# Werkzeug's own: a field of a multipart form is kept in memory whole, as are the headers of a part.
CONFIG = {"MAX_CONTENT_LENGTH": MAX_BODY, "MAX_FORM_MEMORY_SIZE": MAX_FORM, "MAX_FORM_PARTS": MAX_FIELDS}


class FormParser(FormDataParser):
    """Werkzeug's, which has no limits for a form that is not multipart."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        """Raises RequestEntityTooLarge for a form that is too large or of too many fields."""
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            if len(body) > MAX_FORM:
                raise RequestEntityTooLarge
            _check_fields(body, RequestEntityTooLarge)
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class LimitedRequest(Request):
    """A request whose form is counted before it is parsed."""

    form_data_parser_class = FormParser


def init_app(app: Flask) -> None:
    """To be called before anything else that looks at requests is registered."""
    app.config.update(CONFIG)
    app.request_class = LimitedRequest
    app.before_request(check_head)


def check_head() -> None:
    """Raise RequestURITooLarge or RequestHeaderFieldsTooLarge for what comes ahead of the body."""
    lengths = _header_lengths(request.environ)
    if max(lengths, default=0) > MAX_HEADER or sum(lengths) > MAX_HEADERS:
        # The refusal is a page, too, and would read this to find its language.
        request.environ.pop("HTTP_ACCEPT_LANGUAGE", None)
        raise RequestHeaderFieldsTooLarge
    if len(request.path) + len(request.query_string) > MAX_TARGET:
        raise RequestURITooLarge
    _check_fields(request.query_string, RequestURITooLarge)


def _header_lengths(environ: dict[str, Any]) -> list[int]:
    return [len(value) for name, value in environ.items() if name.startswith("HTTP_") or name == "CONTENT_TYPE"]


def _check_fields(encoded: bytes, refusal: type[Exception]) -> None:
    if encoded.count(b"&") >= MAX_FIELDS:
        raise refusal
