"""The way to the mail server: open, or closed for a while after a fault that any mail would have met."""

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from uuid import UUID

import structlog

log = structlog.get_logger()
MOST_SUSPECTS = 1000
ENOUGH = 3  # times after the first that the same mail's line broke while others passed: no chance any more


@dataclass(frozen=True)
class Suspicion:
    """What was known when a line last broke under this mail: how many mails had ``passed`` by then, and under how many
    lines had ``broken``. ``times`` in a row it was this mail, ``against`` it those before which others had passed."""

    passed: int
    broken: int
    times: int = 0
    against: int = 0


class Road:
    """Shared by all lines of a process. ``trouble`` is the last fault in the server's words while it lasts.

    A mail under which a fresh line broke is a suspect, and set aside: 1, 2, 4 … 15 minutes. Two suspects with no
    mail passing between are the road's fault. One that does it again although others have passed is itself the fault;
    but where lines break under others, too, a server that drops some of them is likelier, and only ENOUGH tells.
    """

    def __init__(self, pauses: tuple[float, ...]):
        self.pauses = pauses
        self.trouble: str | None = None
        self._faults = 0
        self._closed_until = 0.0
        self._passed = self._broken = 0
        self._suspects: dict[UUID, Suspicion] = {}  # oldest first
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        return time.monotonic() >= self._closed_until

    def fault(self, words: str) -> None:
        """Close the road: 1, 2, 4 … 15 minutes. Lines that meet the same fault together count once."""
        with self._lock:
            if not self.is_open:
                return
            pause = self._pause(self._faults)
            self._faults += 1
            self.trouble = words
            self._closed_until = time.monotonic() + pause
        log.warning("road.closed", why=words, seconds=pause)

    def broke_under(self, row_id: UUID, words: str) -> timedelta | None:
        """A fresh line broke under this reminder. How long to set it aside, so that others go before it; None when
        it is its own fault."""
        with self._lock:
            before = self._suspects.pop(row_id, Suspicion(self._passed, self._broken))
            others_passed = before.passed < self._passed
            against = before.against + others_passed
            own = others_passed and (before.broken == self._broken or against >= ENOUGH)
            alone = all(other.passed != self._passed for other in self._suspects.values())
            self._broken += 1
            self._suspects[row_id] = Suspicion(self._passed, self._broken, before.times + 1, against)
            if len(self._suspects) > MOST_SUSPECTS:
                del self._suspects[next(iter(self._suspects))]
            if not own:
                self.trouble = words
        log.warning("line.broken", reminder=str(row_id), why=words, own_fault=own)
        if own:
            return None
        if not alone:
            self.fault(words)
        return timedelta(seconds=self._pause(before.times))

    def passed(self, row_id: UUID) -> None:
        """A server took or judged this mail: the road is open, and the next fault is the first again."""
        if self.trouble is not None:
            log.info("road.open")
        with self._lock:
            self._faults, self.trouble, self._closed_until = 0, None, 0.0
            self._passed += 1
            self._suspects.pop(row_id, None)

    def _pause(self, faults: int) -> float:
        return self.pauses[min(faults, len(self.pauses) - 1)]
