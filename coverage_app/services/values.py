"""The shapes in which services exchange what a record holds."""

from typing import Any, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]

# By name: what a change gives (names are the contract's columns), what a form or a query holds.
Values = dict[str, Any]
# {column: [before, after]}, as JSON: times and ids as text.
Differences = dict[str, list[Any]]
