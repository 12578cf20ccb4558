"""What is claimed and waits for a line: put there by those who claim, taken by the lines."""

from collections import deque
from dataclasses import dataclass, field
from threading import Condition

from coverage_app.services.delivery.claims import Claim


@dataclass
class Tally:
    """What became of the reminders of one call. ``wait`` until those handed over have an outcome."""

    sent: int = 0
    retried: int = 0
    skipped: int = 0
    failed: int = 0
    unreachable: bool = False
    _open: int = 0
    _changed: Condition = field(default_factory=Condition)

    def expect(self, number: int) -> None:
        with self._changed:
            self._open += number

    def count(self, outcome: str | None) -> None:
        with self._changed:
            if outcome in ("sent", "retried", "skipped", "failed"):
                setattr(self, outcome, getattr(self, outcome) + 1)
            self._open -= 1
            if not self._open:
                self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)


@dataclass(frozen=True)
class Work:
    """A claimed reminder on its way to a line, and who counts it."""

    claim: Claim
    tally: Tally


class Tray:
    """First in, first out. Those who put wait until there is room for a batch, not for one: a burst is claimed
    in a few strokes, and the thread that claims does not wake for every mail."""

    def __init__(self, low: int):
        """``low``: how many may wait and there is still room for another batch."""
        self.low = low
        self._works: deque[Work] = deque()
        self._idle = 0
        self._closed = False
        self._put, self._room = Condition(), Condition()

    def put(self, works: list[Work]) -> None:
        with self._put:
            self._works.extend(works)
            self._put.notify(len(works))

    def wait_for_room(self) -> bool:
        """False when the tray is closed."""
        with self._room:
            self._room.wait_for(lambda: len(self._works) <= self.low or self._closed)
        return not self._closed

    def take(self, timeout: float) -> Work | None:
        """The next, or None when nothing came for ``timeout`` seconds or the tray is closed."""
        with self._put:
            self._idle += 1
            self._put.wait_for(lambda: self._works or self._closed, timeout)
            self._idle -= 1
            return self.at_hand()  # with the lock still held, or another line takes it and this one leaves for nothing

    def at_hand(self) -> Work | None:
        """The next if one waits already."""
        with self._put:
            if self._closed or not self._works:
                return None
            work = self._works.popleft()
            at_low = len(self._works) == self.low
        if at_low:
            with self._room:
                self._room.notify_all()
        return work

    def wanting(self) -> int:
        """How many wait for whom no line is idle."""
        with self._put:
            return len(self._works) - self._idle

    def __len__(self) -> int:
        return len(self._works)

    def close(self) -> None:
        """Nothing is taken any more; whoever waits is woken."""
        self._closed = True
        for condition in (self._put, self._room):
            with condition:
                condition.notify_all()

    def clear(self) -> list[Work]:
        """Take out what still waits."""
        with self._put:
            works = list(self._works)
            self._works.clear()
        return works
