"""Runs several processes as one: their lines side by side, all stopped when one stops or on a signal.

Honcho starts each process and relays its lines. Its manager is not used: it leaves a worker five seconds,
where ours are promised eight, does not notice that the terminal was closed, and fails on a Ctrl-C that
comes while it starts.
"""

import contextlib
import os
import shlex
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from honcho.colour import get_colours
from honcho.printer import Message, Printer
from honcho.process import Process

SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal was closed"}
LEAVE_WITHIN = 10.0
TICK = 0.1


class Stopped(Exception):
    """Everything must end now, and why. ``wanted`` when a signal requested it."""

    def __init__(self, reason: str, *, wanted: bool = False):
        super().__init__(reason)
        self.wanted = wanted


@dataclass
class Child:
    """One process. ``last_lines`` are shown if it ends by itself."""

    quiet: bool
    pid: int | None = None
    code: int | None = None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=20))


class Runner:
    """Start processes in order; ``stop`` ends them in the opposite one, those started together at once."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.groups: list[list[str]] = []
        self.printer = Printer(sys.stdout, width=9)
        self.colours = get_colours()
        # A SimpleQueue may be written to from a signal handler.
        self.events: SimpleQueue[Message | signal.Signals] = SimpleQueue()
        for number in SIGNALS:
            signal.signal(number, lambda received, _frame: self.events.put(signal.Signals(received)))

    def start(self, commands: dict[str, list[str]], *, quiet: bool = False) -> None:
        """Start these together. Lines of ``quiet`` ones are shown only if they end by themselves."""
        self.groups.append(list(commands))
        for name, command in commands.items():
            self.children[name] = Child(quiet)
            process = Process(f"exec {shlex.join(command)}", name=name, colour=next(self.colours))
            Thread(target=process.run, args=[self.events], daemon=True).start()

    def until(self, condition: Callable[[], bool], what: str, timeout: float) -> None:
        """Relay lines until ``condition``. Raises Stopped when anything ends, or when it takes too long."""
        deadline = time.monotonic() + timeout
        while not condition():
            self._relay(TICK)
            self._watch()
            if time.monotonic() > deadline:
                raise Stopped(f"{what} did not start within {timeout:.0f} s")

    def once(self, name: str, command: list[str]) -> int:
        """Run a command to its end and return its exit code; its lines are in ``children[name].last_lines``."""
        self.start({name: command}, quiet=True)
        while self.children[name].code is None:
            self._relay(TICK)
            self._watch(but=name)
        self.groups.pop()
        return self.children[name].code or 0

    def forever(self) -> None:
        """Relay lines until Stopped is raised."""
        self.until(lambda: False, "nothing", float("inf"))

    def stop(self) -> None:
        """End every process: a request, ten seconds, then force. Later ones first, so that none misses a server."""
        for group in reversed(self.groups):
            children = [self.children[name] for name in group]
            deadline = time.monotonic() + LEAVE_WITHIN
            signalled: set[int] = set()
            while any(child.code is None for child in children) and time.monotonic() < deadline:
                self._signal(children, signal.SIGTERM, signalled)
                with contextlib.suppress(Stopped):  # a second Ctrl-C changes nothing, it is being done
                    self._relay(TICK)
            self._signal(children, signal.SIGKILL, set())

    def say(self, words: str) -> None:
        """Print a line of our own."""
        with contextlib.suppress(OSError):  # the terminal is gone
            print(words, flush=True)

    def _watch(self, but: str | None = None) -> None:
        running = [name for group in self.groups for name in group if name != but]
        for name in running:
            child = self.children[name]
            if child.code is not None:
                if child.quiet:
                    self.say("\n".join(child.last_lines))
                raise Stopped(f"{name} ended with code {child.code}")

    def _relay(self, wait: float) -> None:
        with contextlib.suppress(Empty):
            event = self.events.get(timeout=wait)
            if isinstance(event, signal.Signals):
                raise Stopped(SIGNALS[event], wanted=True)
            self._note(event)

    def _note(self, event: Message) -> None:
        child = self.children[event.name]
        if event.type == "start":
            child.pid = event.data["pid"]
        elif event.type == "stop":
            child.code = event.data["returncode"]
        else:
            text = event.data.decode("utf-8", "replace").rstrip()
            child.last_lines.append(text)
            if not child.quiet:
                with contextlib.suppress(OSError):
                    self.printer.write(event._replace(data=text))

    def _signal(self, children: list[Child], number: signal.Signals, signalled: set[int]) -> None:
        """Signal those that run and have not been ``signalled`` yet, also one that has only just started."""
        for child in children:
            if child.code is None and child.pid is not None and child.pid not in signalled:
                signalled.add(child.pid)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, number)  # honcho gives each process a group of its own
