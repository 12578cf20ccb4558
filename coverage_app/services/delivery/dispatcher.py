"""The lines of one process: claims what is due and hands it to as many SMTP connections as it may keep busy."""

import time
from datetime import datetime, timedelta
from threading import Event, Lock, Thread, current_thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from coverage_app import alarms, mailer
from coverage_app.database_clock import DatabaseClock
from coverage_app.extensions import db
from coverage_app.services.delivery import claims
from coverage_app.services.delivery.circuit_breaker import Road
from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.outcomes import Outcome
from coverage_app.services.delivery.recheck import Truth
from coverage_app.services.delivery.recorder import Closed, Ledger
from coverage_app.services.delivery.sender import Courier
from coverage_app.services.delivery.work_queue import Tally, Tray, Work
from coverage_app.settings import Settings

log = structlog.get_logger()
PER_LINE = 2  # reminders claimed at once for each line: enough to keep it busy, few enough to keep the lease
BROKEN_OFF_WITHIN = 1.5  # seconds
SHORT_WINDOW = 60  # seconds: a rate per second or minute is kept up to by waiting
IDLE = 5.0  # seconds after which an unused line hangs up


class PostOffice:
    """Threads, one SMTP connection each, started when there is work and gone when there is none."""

    def __init__(self, app: Flask, settings: Settings):
        self.app, self.settings = app, settings
        self.lease = timedelta(seconds=settings.tempo.lease)
        self.clock: DatabaseClock = app.extensions["database_clock"]
        self.road = Road(settings.tempo.road_backoff)
        self.stopping = Event()
        with app.app_context():
            self.ledger = Ledger(db.engine, self.clock, self.stopping, settings.tempo.lease / 4)
        self._tray = Tray(low=settings.worker_concurrency)
        self._lines: dict[Thread, mailer.Line] = {}
        self._held: dict[Thread, Work] = {}
        self._lock = Lock()

    def deliver_due(self, at: datetime) -> Tally:
        """Claim and hand over all that is due at ``at``, or now if that is later.

        Returns when everything is claimed and handed to a line, not when it is sent: ``wait`` on the tally
        for that. While more waits than lines this blocks, so that a job which finds this worker full goes to another.
        """
        tally, rung = Tally(), False
        rate = self.settings.smtp.rate if self.settings.smtp else None
        while mailer.configured() and self._tray.wait_for_room() and self._may_deliver():
            now = max(self.clock.now(), at)
            batch = self.settings.worker_concurrency * PER_LINE
            mine = claims.claim(batch, now, self.lease, rate)
            if len(mine) == batch and not rung:
                rung = alarms.of_app().ring(now)  # more than a batch: another worker may help
            self._hand_over(mine, tally)
            if len(mine) < batch and not (rate and self._wait_for_allowance(rate, now)):
                break
        return tally

    def _may_deliver(self) -> bool:
        """Whether the mail server is to be tried, and this machine's clock is near enough to the database's."""
        return self.road.is_open and self.clock.may_deliver()

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
        under_way = {thread for thread, line in lines.items() if not line.break_off()}
        self._tray.close()
        self._give_back()
        _join(set(lines), min(BROKEN_OFF_WITHIN, patience))
        stuck = self._give_back_held(set(lines) - under_way)
        _join(set(lines) - stuck, patience - BROKEN_OFF_WITHIN)
        self._give_back()
        self.ledger.close()

    def _give_back_held(self, threads: set[Thread]) -> set[Thread]:
        """Those of these lines that hang on their way to the message; what they hold they can send no more."""
        held = {thread: work.claim for thread, work in self._held.copy().items() if thread in threads}
        self._release(list(held.values()))
        return set(held)

    def _hand_over(self, mine: list[Claim], tally: Tally) -> None:
        tally.expect(len(mine))
        self._tray.put([Work(claim, tally) for claim in mine])
        # After the put: a line that is just leaving looks once more, one that has left is replaced here.
        try:
            self._staff()
        except RuntimeError:  # no thread is to be had: what waits is for other workers, or for the next sweep
            self._give_back()
            raise
        if self.stopping.is_set():  # closed meanwhile, and what was in it is given back already
            self._give_back()

    def _staff(self) -> None:
        """Start lines while more waits than are idle, and there may be more."""
        with self._lock:
            wanted = min(self._tray.wanting(), self.settings.worker_concurrency - len(self._lines))
            for _ in range(wanted if not self.stopping.is_set() else 0):
                self.ledger.open()
                with self.app.app_context():
                    line = mailer.line()
                thread = Thread(target=self._work, args=[line], name=f"line-{len(self._lines)}", daemon=True)
                thread.start()
                self._lines[thread] = line  # now that it lives; it cannot leave the list before we have left the lock

    def _work(self, line: mailer.Line) -> None:
        """One line's life: take a reminder, deliver it, until nothing comes for a while."""
        me = current_thread()
        courier = Courier(line, self.road, self.ledger, self.clock, self.stopping, self.settings.tempo.row_backoff)
        with self.app.app_context():
            while (work := self._next(me)) is not None:
                truth = None
                while work is not None:
                    self._held[me] = work
                    outcome = courier.deliver(work.claim, truth)
                    # Before it is written, which may take its time: given back then, it would be sent again.
                    del self._held[me]
                    following = self._tray.at_hand()
                    # Only over an open line is the next one's truth read already: a log-in may take its time.
                    truth = self._settle(work, outcome, following if line.is_open else None)
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

    def _next(self, me: Thread) -> Work | None:
        """The next reminder, or None when this line has nothing more to do and is off the list."""
        while True:
            work = self._tray.take(IDLE)
            if work is not None:
                return work
            with self._lock:
                if self.stopping.is_set() or not len(self._tray):
                    del self._lines[me]
                    return None

    def _give_back(self) -> None:
        """What nobody will take any more is due again at once, for other workers."""
        works = self._tray.clear()
        for work in works:
            work.tally.count(None)
        self._release([work.claim for work in works])

    def _release(self, mine: list[Claim]) -> None:
        if not mine:
            return
        try:
            with self.app.app_context():
                claims.release(mine)
        except SQLAlchemyError as error:  # whoever leaves has more to see to; the lease returns them
            log.warning("claims.not_released", reminders=list(map(str, mine)), error=str(error.__cause__ or error))


def _join(threads: set[Thread], patience: float) -> None:
    """Wait for these threads, all together no longer than ``patience`` seconds."""
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
