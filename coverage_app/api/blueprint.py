"""The blueprint of every address under ``/api``, and the function that adds one to it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema

from coverage_app.api.json_parser import Parser

PREFIX = "/api"


class _Blueprint(Blueprint):
    ARGUMENTS_PARSER = Parser()


api = _Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Operation:
    """One method of one address, with what the OpenAPI document says of it.

    ``refusals`` are the statuses with which it may be refused, beside those that any address gives.
    ``shown`` is the schema of the answer, ``headers`` are the names of header parameters in the document, ``about``
    is more words for people. ``file`` is the type of a body that is no JSON, which the view reads itself.
    """

    method: str
    rule: str
    name: str
    tag: str
    summary: str
    shown: type[Schema] | None
    status: int = 200
    body: type[Schema] | None = None
    file: str | None = None
    about: str | None = None
    example: dict[str, Any] | str | None = None
    query: type[Schema] | None = None
    headers: tuple[dict[str, Any], ...] = ()
    refusals: tuple[int, ...] = ()


def add(operation: Operation, view: Callable[..., Any]) -> None:
    """Serve an operation and document it. ``view`` gets the ids of the path, the body and the query."""
    view = api.response(operation.status, operation.shown)(view)
    refusals = {400, 413, 415, 422} if operation.body else {414, 422} if operation.query else set()
    if operation.file:
        refusals = {413, 415, 422}
    for status in sorted({401, 414, 429, 431, 503, *refusals, *operation.refusals}):
        view = api.alt_response(status, HTTPStatus(status).name)(view)
    if operation.query:
        view = api.arguments(operation.query, location="query")(view)
    if operation.body:
        view = api.arguments(operation.body, example=operation.example)(view)
    documentation: dict[str, Any] = {"summary": operation.summary, "operationId": operation.name}
    if operation.about:
        documentation["description"] = operation.about
    if operation.file:
        content = {operation.file: {"schema": {"type": "string"}, "example": operation.example}}
        documentation["requestBody"] = {"required": True, "content": content}
    if operation.headers:
        documentation["parameters"] = [{"in": "header", "required": False, **header} for header in operation.headers]
    view = api.doc(**documentation)(view)
    api.add_url_rule(operation.rule, operation.name, view, methods=[operation.method], tags=[operation.tag])
