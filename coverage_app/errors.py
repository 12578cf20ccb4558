"""What the domain refuses, each with a sentence for people. Entrances turn these into fields or answers."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """Base of everything the rules refuse; ``sentence`` is what a person reads, in their language."""

    sentence: LazyString | str = _l("That is not possible.")


class FieldError(DomainError):
    """One field of a form or body is wrong. ``field`` is its column's name."""

    def __init__(self, field: str, sentence: LazyString | str):
        super().__init__(f"{field}: refused")
        self.field, self.sentence = field, sentence


class NotFound(DomainError):
    """No such record: never made, or deleted."""

    sentence = _l("That record does not exist, or somebody has deleted it.")


class AlreadyExists(DomainError):
    """The id that a new-record form carried already belongs to a record: the form was sent twice."""

    sentence = _l("This was already saved.")


class AlreadyDeleted(DomainError):
    """The id that a new record would get belonged to one that was deleted, whose history is kept under it."""

    sentence = _l("This was saved before, and somebody has deleted it since.")


class StillReferenced(DomainError):
    """A contact with records is not deleted. ``counts`` says of what kind and how many."""

    sentence = _l("This contact still has records, so it cannot be deleted.")

    def __init__(self, counts: dict[str, int]):
        super().__init__(f"still referenced: {counts}")
        self.counts = counts


class Conflict(DomainError):
    """The state changed meanwhile: the request no longer applies."""

    sentence = _l("Somebody changed this meanwhile. Look again, and repeat it if it still applies.")


class Stale(Conflict):
    """The change was meant for an older version of the record than the one that is there."""


class Overloaded(DomainError):
    """Too many ask for something slow at once; nothing was done, and a moment later it will be."""

    sentence = _l("Too many people are signing in at this moment. Wait a few seconds, and try again.")


class LastAdmin(DomainError):
    """Without this person nobody could look after people and settings."""

    sentence = _l("This is the only active administrator. Make somebody else an administrator first.")


class UnreadableTime(DomainError):
    """Not a date and time that this application accepts."""

    sentence = _l("Write a date and a time, for example 03/12/2026 10:00, between 2000 and 2100.")


class NonexistentTime(UnreadableTime):
    """A local time that the clocks skip in spring."""

    sentence = _l("That time does not exist on that day: the clocks go forward. Choose one before or after.")

    def __init__(self, text: str, zone: str):
        super().__init__(f"{text} does not exist in {zone}")
