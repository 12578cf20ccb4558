"""What a page says about the act before it, with a button to take the act back where that is possible."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import flash
from flask_babel import LazyString


@dataclass(frozen=True)
class Undo:
    """The form behind the button: where it is sent, and what it sends. ``of`` says to the ear what it undoes."""

    action: str
    fields: dict[str, str]
    of: str


def flash_message(sentence: LazyString | str, tone: str = "success", undo: Undo | None = None) -> None:
    """Say it on the next page that is shown."""
    message: Any = {"sentence": str(sentence), "undo": asdict(undo)} if undo else str(sentence)
    flash(message, tone)
