"""The way to the mail server: open, or closed for a while after a fault that any mail would have met."""

import time
from threading import Lock

import structlog

log = structlog.get_logger()


class Road:
    """Shared by all lines of a process. ``trouble`` is the last fault in the server's words while it lasts."""

    def __init__(self, pauses: tuple[float, ...]):
        self.pauses = pauses
        self.trouble: str | None = None
        self._faults = 0
        self._closed_until = 0.0
        self._lock = Lock()

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

    def passed(self) -> None:
        """A server took or judged a mail: the road is open, and the next fault is the first again."""
        if self.trouble is not None:
            log.info("road.open")
        with self._lock:
            self._faults, self.trouble, self._closed_until = 0, None, 0.0
