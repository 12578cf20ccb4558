"""What was done and seen in a soak. Moments are seconds since 1970, by this machine's clock."""

from dataclasses import dataclass, field
from uuid import UUID

LEAD = 15 * 60  # seconds before its time at which a call is reminded of; the longer lead times are past already


@dataclass(frozen=True)
class Terms:
    """Who covers a call, and when it is due."""

    due: float
    cover: UUID

    @property
    def send_at(self) -> float:
        return self.due - LEAD


@dataclass(frozen=True)
class Change:
    """A save that was answered: committed between ``sent_at`` and ``answered_at``. ``terms`` is None for a call that
    is done, deleted or not covered."""

    record: UUID
    terms: Terms | None
    sent_at: float
    answered_at: float


@dataclass(frozen=True)
class Row:
    """A reminder that was planned. ``status`` is how it stands at the end, None when it was deleted."""

    id: UUID
    record: UUID
    terms: Terms
    status: str | None
    why: str | None = None


@dataclass(frozen=True)
class Mail:
    """An accepted mail; ``row_id`` is from its Message-ID."""

    row_id: UUID
    at: float


@dataclass(frozen=True)
class Fault:
    """``risks_copy``: it can come between a mail's final dot and our commit. ``delays``: it can stop a worker between
    its last look at the database and the dot."""

    name: str
    began: float
    ended: float
    risks_copy: bool = False
    delays: bool = False

    def overlaps(self, begin: float, end: float) -> bool:
        return self.began <= end and self.ended >= begin


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``in_words`` when it says in its own format what happened and when to come back."""

    request: str
    status: int
    in_words: bool = True


@dataclass
class History:
    """Changes of one record are in their order. ``refused`` are the rows to which the mail server said no for good;
    ``ended`` are the processes that ended by themselves; ``reconciled`` is what reconcile printed."""

    changes: list[Change] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    reconciled: str = ""
