"""The way to the mail server: open, or closed for a while after a fault that any mail would have met."""

import time
from datetime import timedelta
from threading import Lock
from uuid import UUID

import structlog

log = structlog.get_logger()
MOST_SUSPECTS = 1000


class Road:
    """Shared by all lines of a process. ``trouble`` is the last fault in the server's words while it lasts.

    A mail under which a fresh line broke is a suspect. Two of them with no mail passing between are the road's
    fault; one that does it again although others have passed meanwhile is itself the fault.
    """

    def __init__(self, pauses: tuple[float, ...]):
        self.pauses = pauses
        self.trouble: str | None = None
        self._faults = 0
        self._closed_until = 0.0
        self._passed = 0
        self._suspects: dict[UUID, int] = {}  # how many mails had passed when it broke a line, oldest first
        self._lock = Lock()

    @property
    def set_aside(self) -> timedelta:
        """How long a suspect waits, so that others go before it."""
        return timedelta(seconds=self.pauses[0])

    @property
    def is_open(self) -> bool:
        return time.monotonic() >= self._closed_until

    def fault(self, words: str) -> None:
        """Close the road: 1, 2, 4 … 15 minutes. Lines that meet the same fault together count once."""
        with self._lock:
            if not self.is_open:
                return
            pause = self.pauses[min(self._faults, len(self.pauses) - 1)]
            self._faults += 1
            self.trouble = words
            self._closed_until = time.monotonic() + pause
        log.warning("road.closed", why=words, seconds=pause)

    def broke_under(self, row_id: UUID, words: str) -> bool:
        """A fresh line broke under this reminder. True when that is its own fault; if not, it may be the road's,
        and the road knows."""
        with self._lock:
            before = self._suspects.pop(row_id, None)
            if before is not None and before < self._passed:
                verdict = "row"
            elif self._passed in {before, *self._suspects.values()}:
                verdict = "road"
            else:
                verdict = "suspect"
                self.trouble = words
            self._suspects[row_id] = self._passed
            if len(self._suspects) > MOST_SUSPECTS:
                del self._suspects[next(iter(self._suspects))]
        log.warning("line.broken", reminder=str(row_id), why=words, fault=verdict)
        if verdict == "road":
            self.fault(words)
        return verdict == "row"

    def passed(self) -> None:
        """A server took or judged a mail: the road is open, and the next fault is the first again."""
        if self.trouble is not None:
            log.info("road.open")
        with self._lock:
            self._faults, self.trouble, self._closed_until = 0, None, 0.0
            self._passed += 1
