"""The faults of a soak: one every few seconds, chosen at random, each undone after a while."""

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from tests.servers.smtp import DROP, MESSAGE_ID
from tests.soak.history import Fault, History
from tests.soak.site import CREW, LEASE, Site

EVERY = 5.0  # seconds
STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT")
Undo = Callable[[], object]


@dataclass(frozen=True)
class Kind:
    """``begin`` makes the fault; ``lasts`` seconds later it is undone by ``undo``, or by what ``begin`` has returned.
    The others are as in Fault."""

    begin: Callable[[], Undo | None]
    lasts: float = 0.0
    undo: Undo | None = None
    risks_copy: bool = False
    delays: bool = False


class Faults:
    """Makes those faults whose names begin with ``only``, one after the other. Used by one thread."""

    def __init__(self, site: Site, history: History, only: str = ""):
        self.site, self.history = site, history
        self._unanswered: set[UUID] = set()
        kinds = self._of_processes() | self._of_redis() | self._of_postgresql() | self._of_mail_server()
        self.kinds = {name: kind for name, kind in kinds.items() if name.startswith(only)}

    def _of_processes(self) -> dict[str, Kind]:
        return {
            "worker killed": Kind(lambda: self._end("worker", signal.SIGKILL), 1, risks_copy=True),
            "worker terminated": Kind(lambda: self._end("worker", signal.SIGTERM), 1),
            "worker paused": Kind(lambda: self._pause("worker"), 2, risks_copy=True, delays=True),
            "worker paused past its lease": Kind(lambda: self._pause("worker"), LEASE + 3, None, True, True),
            "scheduler killed": Kind(lambda: self._end("scheduler", signal.SIGKILL), 1),
            "scheduler paused": Kind(lambda: self._pause("scheduler"), 3),
            "web killed": Kind(lambda: self._end("web", signal.SIGKILL), 0.5),
            "web terminated": Kind(lambda: self._end("web", signal.SIGTERM), 0.5),
        }

    def _of_redis(self) -> dict[str, Kind]:
        redis, proxy = self.site.redis, self.site.to_redis
        return {
            "Redis emptied": Kind(redis.flush),
            "Redis restarted": Kind(redis.stop, 1, redis.start),
            "Redis hangs": Kind(redis.pause, 3, redis.resume),
            "Redis cut off": Kind(proxy.reset),
        }

    def _of_postgresql(self) -> dict[str, Kind]:
        """None of them risks a copy: they are shorter than a lease, and a mark is tried until it holds."""
        postgres, proxy = self.site.postgres, self.site.to_postgres
        return {
            "PostgreSQL restarted": Kind(postgres.stop, 1, postgres.start),
            "PostgreSQL cut off": Kind(proxy.reset),
            "PostgreSQL hangs": Kind(proxy.hang, 3, proxy.flow),
            "PostgreSQL falls silent": Kind(proxy.abandon, 3),
        }

    def _of_mail_server(self) -> dict[str, Kind]:
        smtp = self.site.smtp
        return {
            "mail server away": Kind(smtp.stop, 3, smtp.start, risks_copy=True),
            "mail server drops": Kind(lambda: self._reply(random.choice(STEPS), DROP), 3),
            "mail server says 421": Kind(lambda: self._reply(random.choice(STEPS), "421 4.3.2 closing"), 3),
            "mail server says 450 to every other": Kind(lambda: self._reply("RCPT", "450 4.2.1 later", 0.5), 3),
            "mail server is slow": Kind(self._slow, 4),
            "mail server loses replies": Kind(self._lose_replies, 1, risks_copy=True),
            "mail server refuses one": Kind(self._refuse_one, 2),
        }

    def run_until(self, deadline: float) -> None:
        """Make faults until ``deadline`` (monotonic), the last one undone."""
        while time.monotonic() < deadline:
            next_at = time.monotonic() + EVERY
            name, kind = random.choice(list(self.kinds.items()))
            began = time.time()
            undo = kind.begin() or kind.undo
            time.sleep(kind.lasts)
            if undo:
                undo()
            self.history.faults.append(Fault(name, began, time.time(), kind.risks_copy, kind.delays))
            self._replace_the_dead()
            time.sleep(max(0.0, min(next_at, deadline) - time.monotonic()))

    def _replace_the_dead(self) -> None:
        """What ended although no fault ended it is noted, and started again."""
        for name, process in self.site.processes.items():
            if process.poll() is not None:
                self.history.ended.append(f"{name} with {process.returncode}")
                self.site.start(name)

    def _one(self, kind: str) -> str:
        return random.choice([name for name, its_kind in CREW.items() if its_kind == kind])

    def _end(self, kind: str, number: signal.Signals) -> Undo:
        name = self._one(kind)
        process = self.site.processes[name]
        process.send_signal(number)
        try:
            process.wait(10)  # eight seconds are promised
        except subprocess.TimeoutExpired:
            self.history.ended.append(f"{name} had not left within 10 s")
            process.kill()
            process.wait()
        return lambda: self.site.start(name)

    def _pause(self, kind: str) -> Undo:
        process = self.site.processes[self._one(kind)]
        process.send_signal(signal.SIGSTOP)
        return lambda: process.send_signal(signal.SIGCONT)

    def _reply(self, step: str, answer: str, share: float = 1.0) -> Undo:
        self.site.smtp.replies[step] = lambda _given: answer if random.random() < share else None
        return self.site.smtp.replies.clear

    def _slow(self) -> Undo:
        async def slowly(_content: bytes) -> None:
            await asyncio.sleep(0.4)

        self.site.smtp.replies["DOT"] = slowly
        return self.site.smtp.replies.clear

    def _lose_replies(self) -> Undo:
        """Mails that are accepted are not answered, each once: its connection breaks, and with it all others."""

        async def break_off(content: bytes) -> None:
            if (row_id := row_of(content)) not in self._unanswered:
                self._unanswered.add(row_id)
                for transport in list(self.site.smtp.transports):
                    transport.abort()

        self.site.smtp.replies["KEPT"] = break_off
        return self.site.smtp.replies.clear

    def _refuse_one(self) -> Undo:
        """The next mail is refused for good."""

        def refuse(content: bytes) -> str | None:
            if self.history.refused > before:
                return None
            self.history.refused.add(row_of(content))
            return "554 5.6.0 not this one"

        before = set(self.history.refused)
        self.site.smtp.replies["DOT"] = refuse
        return self.site.smtp.replies.clear


def row_of(content: bytes) -> UUID:
    """The reminder of which a mail speaks, by its Message-ID."""
    found = MESSAGE_ID.search(content)
    assert found, "a mail without a Message-ID"
    return UUID(found[1].decode().strip("<>").partition("@")[0])
