"""Strict parsing of requests: anything but plain JSON of the right types is refused with the reason."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, Any, ClassVar, NoReturn

from flask import Request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from coverage_app.api.errors import Refusal
from coverage_app.request_limits import MAX_BODY
from coverage_app.services.values import Json, JsonObject

MAX_IN_MEMORY = 512 * 1024  # bytes of a file
MAX_VALUES = 200
MAX_NAMED = 100  # characters of an unknown name, in the error
# A text, or a mark that another value follows. A quotation mark always matches, so every byte is read once.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|(?P<mark>[,\[{])', re.DOTALL)
NOT_JSON = _l("The body is not JSON in UTF-8.")
NOT_A_NUMBER = _l("NaN and Infinity are not JSON.")
TWICE = _l("A name occurs twice in one object.")
TOO_MUCH = _l("The body holds too many values: at most %(most)d, those inside others counted too.", most=MAX_VALUES)
WRONG_TYPE = _l("Send the body as Content-Type: application/json, in UTF-8.")


class _Unreadable(ValueError):
    def __init__(self, sentence: LazyString):
        super().__init__()
        self.sentence = sentence


class Parser(FlaskParser):
    """Refuses unknown names, also in the query."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {"json": None, "query": None}  # type: ignore[misc]

    def _raw_load_json(self, req: Request) -> Json:
        charset = req.mimetype_params.get("charset", "utf-8").lower()
        if req.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
            raise Refusal(415, WRONG_TYPE)
        try:
            return read(whole(req, MAX_BODY))
        except _Unreadable as error:
            raise Refusal(400, error.sentence) from None

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_options: object) -> NoReturn:
        """Raise a Refusal with the errors by field, wherever in the request the fields were."""
        errors = {str(name)[:MAX_NAMED]: [str(text) for text in texts] for name, texts in _flat(error).items()}
        raise Refusal(422, errors={("body" if name == "_schema" else name): texts for name, texts in errors.items()})


def whole(req: Request, most: int) -> bytes:
    """Return the body. Raises RequestEntityTooLarge over ``most`` bytes, also without a Content-Length."""
    # One byte more than is allowed: werkzeug silently cuts a body without a length off at the limit.
    req.max_content_length = most + 1
    body = req.get_data()
    if len(body) > most:
        raise RequestEntityTooLarge
    return body


@contextmanager
def spooled(req: Request, most: int) -> Iterator[IO[bytes]]:
    """Yield the body in a file, on the disk unless it is small. Raises RequestEntityTooLarge over ``most`` bytes."""
    req.max_content_length = most + 1
    with SpooledTemporaryFile(MAX_IN_MEMORY) as file:
        copyfileobj(req.stream, file)
        if file.tell() > most:
            raise RequestEntityTooLarge
        yield file


def read(body: bytes) -> Json:
    """Parse strict JSON: UTF-8, no NaN, no name twice, few values. Raises _Unreadable with a sentence."""
    _check_number(body)
    try:
        return json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
    except _Unreadable:
        raise
    except ValueError:  # bad syntax, bad UTF-8, and a number of thousands of digits
        raise _Unreadable(NOT_JSON) from None


def _check_number(body: bytes) -> None:
    """Raise _Unreadable for more values than any body needs, before an object is made of one of them."""
    # Each has a mark ahead of it at most, a name, and a text.
    tokens = list(islice(TOKEN.finditer(body), 3 * MAX_VALUES))
    marks = sum(token.lastgroup is not None for token in tokens)
    if marks >= MAX_VALUES or len(tokens) == 3 * MAX_VALUES:
        raise _Unreadable(TOO_MUCH)


def _no_constant(_name: str) -> NoReturn:
    raise _Unreadable(NOT_A_NUMBER)


def _once(pairs: list[tuple[str, Json]]) -> JsonObject:
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        raise _Unreadable(TWICE)
    return parsed


def _flat(error: ValidationError) -> dict[object, list[object]]:
    """Return the errors by field, without the place ("json", "query") that webargs puts around them."""
    messages: Any = error.messages
    (inner,) = messages.values()
    return inner if isinstance(inner, dict) else {"body": inner}
