"""The kinds of values in a body or a query, read strictly: a number is no text, and a time says its offset."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, fields, validate

from coverage_app.clock import FIRST_YEAR, LAST_YEAR
from coverage_app.services.sanitize import MAX_NOTE

Messages = dict[str, Any]
INVISIBLE = re.compile("[\x00\ud800-\udfff]")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# RFC 3339, and ISO 8601 without the seconds.
MOMENT_FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")
WHOLE_FORM = re.compile(r"-?(0|[1-9]\d{0,18})")
COMMON: Messages = {
    "required": _l("This is needed."),
    "null": _l("This cannot be null."),
    "validator_failed": _l("This is not valid."),
}


class Body(Schema):
    """An object whose names are all known."""

    class Meta:
        unknown = RAISE

    error_messages: ClassVar[Messages] = {  # type: ignore[misc]
        "unknown": _l("There is no such field."),
        "type": _l("This must be an object."),
    }


class Text(fields.String):
    """At most ``most`` characters, none that a database cannot keep."""

    default_error_messages: ClassVar[Messages] = COMMON | {  # type: ignore[misc]
        "invalid": _l("This must be a text."),
        "invisible": _l("A text holds no NUL and no half of a surrogate pair."),
    }

    def __init__(self, most: int = MAX_NOTE, *, least: int = 0, **options: Any):
        sentence = _l("Too long: at most %(limit)d characters.", limit=most)
        if least:
            sentence = _l("From %(least)d to %(most)d characters.", least=least, most=most)
        super().__init__(validate=validate.Length(min=least or None, max=most, error=sentence), **options)

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if INVISIBLE.search(value):
            raise self.make_error("invisible")
        return value


class Email(Text):
    """One address. The services look closer; here an empty one is refused, for null is how none is said."""

    default_error_messages: ClassVar[Messages] = {  # type: ignore[misc]
        "blank": _l("Write one e-mail address, like maria@example.com."),
    }

    def __init__(self, **options: Any):
        super().__init__(254, metadata={"format": "email"}, **options)

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not text.strip():
            raise self.make_error("blank")
        return text


class Choice(fields.String):
    """One of a fixed vocabulary."""

    default_error_messages: ClassVar[Messages] = COMMON | {"invalid": _l("This must be a text.")}  # type: ignore[misc]

    def __init__(self, choices: Iterable[str], **options: Any):
        listed = [str(choice) for choice in choices]
        sentence = _l("One of: %(choices)s.", choices=", ".join(listed))
        super().__init__(validate=validate.OneOf(listed, error=sentence), **options)


class Id(fields.UUID):
    """A UUID in its usual form."""

    default_error_messages: ClassVar[Messages] = COMMON | {"invalid_uuid": _l("This must be a UUID.")}  # type: ignore[misc]

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> UUID:
        if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
            raise self.make_error("invalid_uuid")
        return UUID(value)


class Moment(fields.AwareDateTime):
    """A moment with its offset, answered in UTC with ``Z``, by whole seconds."""

    default_error_messages: ClassVar[Messages] = COMMON | {  # type: ignore[misc]
        "invalid": _l("A date and time in ISO 8601 with an offset, like 2026-12-03T09:00:00Z."),
        "out_of_range": _l("The date must be between %(first)d and %(last)d.", first=FIRST_YEAR, last=LAST_YEAR),
    }

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> datetime:
        if not isinstance(value, str) or not MOMENT_FORM.fullmatch(value):
            raise self.make_error("invalid")
        try:
            found = datetime.fromisoformat(value.upper())
        except ValueError:
            raise self.make_error("invalid") from None
        # Before it is brought to UTC, which the first and the last year cannot always be.
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise self.make_error("out_of_range")
        return found.astimezone(UTC).replace(microsecond=0)

    def _serialize(self, value: datetime | None, attr: str | None, obj: object, **options: object) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


class Whole(fields.Integer):
    """A whole number: no text, no fraction, no true or false; in a query, the digits of one."""

    default_error_messages: ClassVar[Messages] = COMMON | {"invalid": _l("This must be a whole number.")}  # type: ignore[misc]

    def __init__(self, least: int, most: int, *, in_query: bool = False, **options: Any):
        self.in_query = in_query
        sentence = _l("From %(least)d to %(most)d.", least=least, most=most)
        super().__init__(validate=validate.Range(least, most, error=sentence), **options)

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> int:
        if self.in_query and isinstance(value, str) and WHOLE_FORM.fullmatch(value):
            return int(value)
        if self.in_query or isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Flag(fields.Boolean):
    """True or false, and nothing that merely looks like it."""

    default_error_messages: ClassVar[Messages] = COMMON | {"invalid": _l("This must be true or false.")}  # type: ignore[misc]

    def _deserialize(self, value: object, attr: str | None, data: object, **options: object) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value
