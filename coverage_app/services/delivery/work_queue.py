"""The queue between the dispatcher, which claims reminders, and the senders, which take them; and their counts."""

from collections import deque
from dataclasses import dataclass, field
from threading import Condition

from coverage_app.services.delivery.claims import Claim


@dataclass
class DeliveryCounts:
    """What became of the reminders of one ``dispatch``; ``wait`` until each of them has an outcome."""

    sent: int = 0
    retried: int = 0
    skipped: int = 0
    failed: int = 0
    unreachable: bool = False
    _outstanding: int = 0
    _changed: Condition = field(default_factory=Condition)

    def expect(self, number: int) -> None:
        with self._changed:
            self._outstanding += number

    def count(self, outcome: str | None) -> None:
        with self._changed:
            if outcome in ("sent", "retried", "skipped", "failed"):
                setattr(self, outcome, getattr(self, outcome) + 1)
            self._outstanding -= 1
            if not self._outstanding:
                self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._outstanding == 0, timeout)


@dataclass(frozen=True)
class WorkItem:
    """A claimed reminder on its way to a sender, and where its outcome is counted."""

    claim: Claim
    counts: DeliveryCounts


class WorkQueue:
    """First in, first out. Those who put wait until there is room for a batch, not for one: a burst is claimed
    in a few strokes, and the thread that claims does not wake for every mail."""

    def __init__(self, low_mark: int):
        """``low_mark``: how many may wait and there is still room for another batch."""
        self.low_mark = low_mark
        self._items: deque[WorkItem] = deque()
        self._idle = 0
        self._closed = False
        self._put, self._room = Condition(), Condition()

    def put(self, items: list[WorkItem]) -> None:
        with self._put:
            self._items.extend(items)
            self._put.notify(len(items))

    def wait_for_room(self) -> bool:
        """Block until another batch may be put. Return False when the queue is closed."""
        with self._room:
            self._room.wait_for(lambda: len(self._items) <= self.low_mark or self._closed)
        return not self._closed

    def take(self, timeout: float) -> WorkItem | None:
        """Return the next, or None when nothing came for ``timeout`` seconds or the queue is closed."""
        with self._put:
            self._idle += 1
            self._put.wait_for(lambda: self._items or self._closed, timeout)
            self._idle -= 1
            return self.take_nowait()  # the lock still held, or another sender takes it and this one ends for nothing

    def take_nowait(self) -> WorkItem | None:
        """Return the next if one waits already."""
        with self._put:
            if self._closed or not self._items:
                return None
            item = self._items.popleft()
            at_low = len(self._items) == self.low_mark
        if at_low:
            with self._room:
                self._room.notify_all()
        return item

    def unattended(self) -> int:
        """Return how many wait for whom no sender is idle."""
        with self._put:
            return len(self._items) - self._idle

    def __len__(self) -> int:
        return len(self._items)

    def close(self) -> None:
        """Let nothing be taken any more, and wake who waits."""
        self._closed = True
        for condition in (self._put, self._room):
            with condition:
                condition.notify_all()

    def clear(self) -> list[WorkItem]:
        """Take out and return what still waits."""
        with self._put:
            items = list(self._items)
            self._items.clear()
        return items
