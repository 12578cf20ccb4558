"""The lines of one process: claims what is due and hands it to as many SMTP connections as it may keep busy."""

import contextlib
import queue
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Event, Lock, Thread, current_thread

import structlog
from flask import Flask

from coverage_app import alarms, mailer
from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services.delivery import claims, courier, outcomes
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.ledger import Closed, Ledger
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.road import Road
from coverage_app.services.delivery.verdict import Truth
from coverage_app.settings import Settings

log = structlog.get_logger()
PER_LINE = 2  # claimed reminders waiting for each line: enough to keep it busy, few enough to keep the lease
TRIES = 3  # to send a reminder whose truth grew stale on the way, before it is given back
BROKEN_OFF_WITHIN = 1.5  # seconds
SHORT_WINDOW = 60  # seconds: a rate per second or minute is kept up to by waiting
IDLE = 5.0  # seconds after which an unused line hangs up


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
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)


@dataclass(frozen=True)
class Work:
    """A claimed reminder on its way to a line, and who counts it."""

    claim: Claim
    tally: Tally


class PostOffice:
    """Threads, one SMTP connection each, started when there is work and gone when there is none."""

    def __init__(self, app: Flask, settings: Settings):
        self.app, self.settings = app, settings
        self.lease = timedelta(seconds=settings.tempo.lease)
        self.road = Road(settings.tempo.road_backoff)
        self.stopping = Event()
        with app.app_context():
            self.ledger = Ledger(db.engine, self.stopping, settings.tempo.lease / 4)
        self._waiting: queue.Queue[Work | None] = queue.Queue(maxsize=settings.worker_concurrency)
        self._lines: dict[Thread, mailer.Line] = {}
        self._held: dict[Thread, Work] = {}
        self._idle = 0
        self._lock = Lock()

    def deliver_due(self, at: datetime) -> Tally:
        """Claim and hand over all that is due at ``at``, or now if that is later.

        Returns when everything is claimed and handed to a line, not when it is sent: ``wait`` on the tally
        for that. While every line is busy this blocks, so that a job which finds this worker full goes to another.
        """
        tally, rung = Tally(), False
        rate = self.settings.smtp.rate if self.settings.smtp else None
        while mailer.configured() and self.road.is_open and not self.stopping.is_set():
            now = max(utcnow(), at)
            batch = self.settings.worker_concurrency * PER_LINE
            mine = claims.claim(batch, now, self.lease, rate)
            if len(mine) == batch and not rung:
                rung = alarms.of_app().ring(now)  # more than a batch: another worker may help
            self._hand_over(mine, tally)
            if len(mine) < batch and not (rate and self._wait_for_allowance(rate, now)):
                break
        return tally

    def _wait_for_allowance(self, rate: claims.Rate, now: datetime) -> bool:
        """Pause until more may leave. False when nothing waits, or the allowance is so long off that the sweep
        may see to it."""
        most, seconds = rate
        if seconds > SHORT_WINDOW or not claims.is_any_due(now):
            return False
        return not self.stopping.wait(min(1.0, seconds / most))

    def expire(self, now: datetime) -> int:
        """Take back claims whose worker died."""
        return claims.expire(now, self.lease)

    def stop(self, patience: float) -> None:
        """Send nothing more: break off what is not yet under way, give back what waits, wait for what is."""
        self.stopping.set()
        with self._lock:
            lines = dict(self._lines)
        under_way = [thread for thread, line in lines.items() if not line.break_off()]
        self._give_back()
        for _ in lines:
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(None)  # wakes an idle line at once
        _join(list(lines), min(BROKEN_OFF_WITHIN, patience))
        self._give_back_held(set(lines) - set(under_way))
        _join(under_way, patience - BROKEN_OFF_WITHIN)
        self._give_back()
        self.ledger.close()

    def _give_back_held(self, threads: set[Thread]) -> None:
        """What lines hold that hang on their way to the message: they can send nothing any more."""
        with self._lock:
            held = [work.claim for thread, work in self._held.items() if thread in threads]
        if held:
            with self.app.app_context():
                claims.release(held)

    def _hand_over(self, mine: list[Claim], tally: Tally) -> None:
        tally.expect(len(mine))
        for number, claim in enumerate(mine):
            if not self._queued(Work(claim, tally)):
                claims.release(mine[number:])
                for _ in mine[number:]:
                    tally.count(None)
                return

    def _queued(self, work: Work) -> bool:
        """Put one reminder before the lines, waiting for room. False when the office closes meanwhile."""
        while not self.stopping.is_set():
            try:
                self._waiting.put(work, timeout=1)
            except queue.Full:
                continue
            # After the put: a line that is just leaving looks once more, one that has left is replaced here.
            self._staff()
            return True
        return False

    def _staff(self) -> None:
        """Start one more line if more waits than lines are idle, and there may be more."""
        with self._lock:
            if self._waiting.qsize() > self._idle and len(self._lines) < self.settings.worker_concurrency:
                self.ledger.open()
                thread = Thread(target=self._work, name=f"line-{len(self._lines)}", daemon=True)
                with self.app.app_context():
                    self._lines[thread] = mailer.line()
                thread.start()

    def _work(self) -> None:
        """One line's life: take a reminder, deliver it, until nothing comes for a while."""
        me = current_thread()
        line = self._lines[me]
        with self.app.app_context():
            while (work := self._next(me)) is not None:
                truth = None
                while work is not None:
                    self._held[me] = work
                    outcome = self._deliver(work, truth, line)
                    following = self._at_hand()
                    # Only over an open line is the next one's truth read already: a log-in may take its time.
                    truth = self._settle(work, outcome, following if line.is_open else None)
                    del self._held[me]
                    work = following
            line.close()

    def _settle(self, work: Work, outcome: Outcome | None, check: Work | None) -> Truth | None:
        """Have the outcome of ``work`` written and the truth about ``check`` read, in one commit with others'."""
        truth = None
        try:
            truth = self.ledger.settle(outcome, check.claim if check else None)
        except Closed:
            outcome = None  # it could not be written: the lease returns the row
        work.tally.unreachable = work.tally.unreachable or self.road.trouble is not None
        work.tally.count(outcome.name if outcome else None)
        return truth

    def _deliver(self, work: Work, truth: Truth | None, line: mailer.Line) -> Outcome | None:
        """Open the line if need be, read the truth if it is not known, and send."""
        try:
            for _ in range(TRIES):
                if self.stopping.is_set() or not self.road.is_open:
                    break
                if truth is None:
                    if not line.is_open:
                        line.open()
                    truth = self.ledger.settle(None, work.claim)
                if truth is None:
                    log.warning("reminder.claim_lost", reminder=str(work.claim))
                    return None
                try:
                    return courier.deliver(work.claim, truth, line, self.road, self.settings.tempo.row_backoff)
                except courier.Stale:
                    truth = None
        except mailer.RoadFault as fault:
            if not line.broken_off:
                self.road.fault(str(fault))
        except Closed:
            return None
        except Exception:
            # A fault of our own must not take the line with it: the trace is here, the limit of claims ends it visibly.
            log.exception("reminder.broken", reminder=str(work.claim))
            line.drop()
            return None
        return outcomes.given_back(work.claim)

    def _at_hand(self) -> Work | None:
        """The next reminder if one waits already."""
        with contextlib.suppress(queue.Empty):
            if not self.stopping.is_set():
                return self._waiting.get_nowait()
        return None

    def _next(self, me: Thread) -> Work | None:
        """The next reminder, or None when this line has nothing more to do and is off the list."""
        with self._lock:
            self._idle += 1
        while True:
            with contextlib.suppress(queue.Empty):
                waiting = self._waiting.get(timeout=IDLE)
                if waiting is not None:
                    with self._lock:
                        self._idle -= 1
                    return waiting
            with self._lock:
                if self._waiting.empty() or self.stopping.is_set():
                    self._idle -= 1
                    del self._lines[me]
                    return None

    def _give_back(self) -> None:
        back = []
        while True:
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                break
            if waiting is not None:
                back.append(waiting.claim)
                waiting.tally.count(None)
        if back:
            with self.app.app_context():
                claims.release(back)


def _join(threads: list[Thread], patience: float) -> None:
    """Wait for these threads, all together no longer than ``patience`` seconds."""
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
