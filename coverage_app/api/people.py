"""Colleagues, for a picker."""

from typing import Any

from coverage_app.api.blueprint import Operation, add
from coverage_app.api.fields import Body, Id, Text
from coverage_app.api.paging import paged
from coverage_app.api.schemas import Paged, page_of
from coverage_app.services.queries import api_lists
from coverage_app.services.values import Values


class UserSchema(Body):
    id = Id(required=True)
    name = Text(120, required=True)
    email = Text(254, required=True)


def list_users(query: Values) -> Any:
    return paged(query, api_lists.colleagues)


add(
    Operation(
        "GET", "/users", "list_users", "users", "List active colleagues, by name", page_of(UserSchema), query=Paged
    ),
    list_users,
)
