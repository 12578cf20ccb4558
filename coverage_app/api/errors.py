"""Errors that the API raises itself, before any service is called."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

Errors = dict[str, list[str]]
INVALID = _l("Something in the request is not valid; errors says what.")


class Refusal(HTTPException):
    """A request that is answered with ``code`` and a sentence of ours; ``errors`` are by field."""

    def __init__(
        self,
        code: int,
        detail: LazyString | str = INVALID,
        errors: Errors | None = None,
        headers: dict[str, str] | None = None,
    ):
        super().__init__()
        self.code, self.detail, self.errors, self.headers = code, detail, errors, headers or {}
