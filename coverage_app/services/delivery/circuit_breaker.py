"""A circuit breaker before the mail server: open, for a while, after a failure that any mail would have met."""

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from uuid import UUID

import structlog

log = structlog.get_logger()
MAX_HISTORY = 1000
OWN_FAULT_AFTER = 3  # times after the first that the same mail's connection broke while others passed: no chance


@dataclass(frozen=True)
class BreakHistory:
    """What was known when a connection last broke under this mail: how many mails had passed by then, and how many
    connections had broken. ``times`` in a row it was this mail; ``against`` it are those before which others passed."""

    successes: int
    losses: int
    times: int = 0
    against: int = 0


class CircuitBreaker:
    """Shared by all connections of a process. ``last_error`` is the last fault in the server's words while it lasts.

    A mail under which a new connection broke is a suspect, and set aside: 1, 2, 4 … 15 minutes. Two suspects with no
    mail passing between are the server's fault. One that does it again although others have passed is itself the
    fault; but where connections break under others, too, a server that drops some of them is likelier, and only
    OWN_FAULT_AFTER times tell.
    """

    def __init__(self, backoff: tuple[float, ...]):
        self.backoff = backoff
        self.last_error: str | None = None
        self._failures = 0
        self._open_until = 0.0
        self._successes = self._losses = 0
        self._history: dict[UUID, BreakHistory] = {}  # oldest first
        self._lock = Lock()

    @property
    def is_closed(self) -> bool:
        """Return whether mail may pass."""
        return time.monotonic() >= self._open_until

    def record_failure(self, words: str) -> None:
        """Open the circuit for 1, 2, 4 … 15 minutes. Senders that meet the same failure together count once."""
        with self._lock:
            if not self.is_closed:
                return
            pause = self._pause(self._failures)
            self._failures += 1
            self.last_error = words
            self._open_until = time.monotonic() + pause
        log.warning("mail.circuit_opened", why=words, seconds=pause)

    def connection_lost(self, row_id: UUID, words: str) -> timedelta | None:
        """Note that a new connection broke under this reminder. Return how long to set it aside, so that others go
        before it; None when it is its own fault."""
        with self._lock:
            before = self._history.pop(row_id, BreakHistory(self._successes, self._losses))
            others_passed = before.successes < self._successes
            against = before.against + others_passed
            own = others_passed and (before.losses == self._losses or against >= OWN_FAULT_AFTER)
            alone = all(other.successes != self._successes for other in self._history.values())
            self._losses += 1
            self._history[row_id] = BreakHistory(self._successes, self._losses, before.times + 1, against)
            if len(self._history) > MAX_HISTORY:
                del self._history[next(iter(self._history))]
            if not own:
                self.last_error = words
        log.warning("smtp.connection_lost", reminder=str(row_id), why=words, own_fault=own)
        if own:
            return None
        if not alone:
            self.record_failure(words)
        return timedelta(seconds=self._pause(before.times))

    def record_success(self, row_id: UUID) -> None:
        """Close the circuit, for a server took or judged this mail; the next failure is the first again."""
        if self.last_error is not None:
            log.info("mail.circuit_closed")
        with self._lock:
            self._failures, self.last_error, self._open_until = 0, None, 0.0
            self._successes += 1
            self._history.pop(row_id, None)

    def _pause(self, faults: int) -> float:
        return self.backoff[min(faults, len(self.backoff) - 1)]
