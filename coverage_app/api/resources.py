"""The life of a record in JSON (list, make, show, change, delete): one set of views, a declaration for each kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from flask import Response, jsonify, request, url_for
from marshmallow import Schema

from coverage_app import database_clock
from coverage_app.api import headers
from coverage_app.api.auth import me
from coverage_app.api.blueprint import PREFIX, Operation, add
from coverage_app.api.paging import paged
from coverage_app.api.schemas import Paged, page_of
from coverage_app.models import Contact, Covered, User
from coverage_app.services import contacts, records
from coverage_app.services.entities import Entity
from coverage_app.services.queries import api_lists
from coverage_app.services.values import Values

Answer = Any
Stored = Covered | Contact
BeforeCommit = Callable[[Stored], None]  # called with a new record before it is committed


class ResourceService(Protocol):
    """How a kind of record is changed. Each returns the record and raises what the service behind it raises."""

    def create(self, record_id: UUID, body: Values, by: User, now: datetime, also: BeforeCommit) -> Stored: ...
    def save(self, record_id: UUID, body: Values, by: User, now: datetime, versions: headers.Versions) -> Stored: ...
    def delete(self, record_id: UUID, by: User, now: datetime, versions: headers.Versions) -> None: ...


@dataclass(frozen=True)
class CoveredResources:
    """``services.records`` for one entity; ``marks`` are the names in a body that set an event's done mark."""

    entity: Entity
    marks: dict[str, str] = field(default_factory=dict)

    def create(self, record_id: UUID, body: Values, by: User, now: datetime, also: BeforeCommit) -> Stored:
        return records.create(self.entity, record_id, body, by=by, now=now, also=also).record

    def save(self, record_id: UUID, body: Values, by: User, now: datetime, versions: headers.Versions) -> Stored:
        marks = {self.marks[name]: done for name, done in body.items() if name in self.marks}
        changes = {name: value for name, value in body.items() if name not in self.marks}
        saved = records.save(self.entity, record_id, changes, by=by, now=now, marks=marks, versions=versions)
        return saved.record

    def delete(self, record_id: UUID, by: User, now: datetime, versions: headers.Versions) -> None:
        records.delete(self.entity, record_id, by=by, now=now, versions=versions)


class ContactResources:
    """``services.contacts`` in the same shape."""

    def create(self, record_id: UUID, body: Values, by: User, now: datetime, also: BeforeCommit) -> Stored:
        return contacts.create(record_id, body, by=by, now=now, also=also)

    def save(self, record_id: UUID, body: Values, by: User, now: datetime, versions: headers.Versions) -> Stored:
        return contacts.save(record_id, body, by=by, now=now, versions=versions)

    def delete(self, record_id: UUID, by: User, now: datetime, versions: headers.Versions) -> None:
        contacts.delete(record_id, by=by, now=now, versions=versions)


@dataclass(frozen=True)
class Resource:
    """One kind of record: ``one`` and ``many`` name it, ``path`` is its address, ``made`` and ``changed`` are read.

    ``defaults`` fills what a new one does not say, ``example`` is a body that the document shows.
    """

    one: str
    many: str
    path: str
    model: type[Covered] | type[Contact]
    service: ResourceService
    shown: type[Schema]
    made: type[Schema]
    changed: type[Schema]
    example: Values
    defaults: Callable[[datetime], Values] = lambda _now: {}


def mount(kind: Resource) -> "ResourceViews":
    """Serve the five operations of ``kind``."""
    views, one, many = ResourceViews(kind), kind.one, kind.many
    at = f"{kind.path}/<uuid:record_id>"
    add(
        Operation("GET", kind.path, f"list_{many}", many, f"List {many}", page_of(kind.shown), query=Paged),
        views.list,
    )
    add(
        Operation(
            "POST",
            kind.path,
            f"create_{one}",
            many,
            f"Make a {one}",
            kind.shown,
            201,
            body=kind.made,
            example=kind.example,
            headers=(headers.IDEMPOTENCY_KEY,),
            refusals=(409,),
        ),
        views.create,
    )
    add(Operation("GET", at, f"get_{one}", many, f"Show a {one}", kind.shown, refusals=(404,)), views.show)
    mount_change(views, at, f"update_{one}", f"Change a {one}: absent fields are left alone, null clears", kind.changed)
    add(
        Operation(
            "DELETE",
            at,
            f"delete_{one}",
            many,
            f"Delete a {one}",
            None,
            204,
            headers=(headers.IF_MATCH,),
            refusals=(404, 409, 412),
        ),
        views.delete,
    )
    return views


def mount_change(views: "ResourceViews", rule: str, name: str, summary: str, body: type[Schema]) -> None:
    """Serve a ``PATCH`` that takes ``body``."""
    add(
        Operation(
            "PATCH",
            rule,
            name,
            views.kind.many,
            summary,
            views.kind.shown,
            body=body,
            headers=(headers.IF_MATCH,),
            refusals=(404, 409, 412),
        ),
        views.save,
    )


class ResourceViews:
    """What the services refuse is left to the problems."""

    def __init__(self, kind: Resource):
        self.kind = kind

    def list(self, query: Values) -> Answer:
        return paged(query, lambda cursor, size: api_lists.newest(self.kind.model, cursor, size))

    def create(self, body: Values) -> Answer:
        now, by = database_clock.now(), me()

        def make(keep: headers.Keep) -> None:
            def store_answer(record: Stored) -> None:
                keep(self.kind.shown().dump(record))

            self.kind.service.create(uuid4(), self.kind.defaults(now) | body, by, now, store_answer)

        return self._made(headers.once(by.id, request.get_json, now, make))

    def show(self, record_id: UUID) -> Answer:
        return self._shown(api_lists.one(self.kind.model, record_id))

    def save(self, body: Values, record_id: UUID) -> Answer:
        return self._shown(self.kind.service.save(record_id, body, me(), database_clock.now(), headers.versions()))

    def delete(self, record_id: UUID) -> Answer:
        self.kind.service.delete(record_id, me(), database_clock.now(), headers.versions())
        return Response(status=204)

    def _made(self, body: Values) -> Answer:
        where = url_for(f"api.get_{self.kind.one}", record_id=body["id"])
        answer = jsonify(body)
        answer.status_code = 201
        answer.headers["Location"], answer.headers["ETag"] = where, headers.etag(body["version"])
        return answer

    def _shown(self, record: Stored) -> Answer:
        return record, {"ETag": headers.etag(record.version)}


__all__ = ["PREFIX", "ContactResources", "CoveredResources", "Resource", "mount", "mount_change"]
