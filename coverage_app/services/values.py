"""The shapes in which services exchange what a record holds."""

from typing import Any

# What a change gives, by the contract's names of the columns.
Values = dict[str, Any]
# {column: [before, after]}, as JSON: times and ids as text.
Differences = dict[str, list[Any]]
