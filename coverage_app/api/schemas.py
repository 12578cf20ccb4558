"""What every answer shares: a record's stamps, a page of a list, a problem."""

from typing import Any

from marshmallow import Schema, fields

from coverage_app.api.fields import Body, Id, Moment, Text, Whole

PER_PAGE, MOST_PER_PAGE = 25, 200
MAX_CURSOR = 4000


class Stamps(Body):
    """What we know of every record."""

    id = Id(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class VersionedSchema(Stamps):
    version = Whole(1, 2**31 - 1, required=True, metadata={"description": "Also its ETag; see If-Match."})


class Paged(Body):
    """Which part of a list."""

    limit = Whole(1, MOST_PER_PAGE, in_query=True, load_default=PER_PAGE, metadata={"description": "At most so many."})
    cursor = Text(MAX_CURSOR, metadata={"description": "What the page before gave as next."})


class ProblemSchema(Schema):
    """RFC 9457. The status says what went wrong, detail says it in a sentence."""

    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "With 422: what is wrong, by field."},
    )
    records = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "With 409 for a contact: how many records of each kind still speak of it."},
    )


def page_of(shown: type[Schema]) -> type[Schema]:
    """The schema of a page of a list of ``shown``."""
    columns: dict[str, Any] = {
        "items": fields.List(fields.Nested(shown), required=True),
        "next": fields.String(required=True, allow_none=True, metadata={"description": "null on the last page."}),
    }
    return Schema.from_dict(columns, name=f"{shown.__name__.removesuffix('Schema')}Page")
