"""The process runner: whatever ends it, nothing is left, and it says why."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coverage_app.settings import ROOT
from tests.servers import wait_until

# Two that stay, one of them deaf to a polite request, in two groups; then it waits to be stopped.
PROGRAM = """
import sys
from coverage_app.embedded import runner
runner.LEAVE_WITHIN = 1.0
mine = runner.Runner()
try:
    mine.start({"first": ["sleep", "600"]})
    mine.start({"deaf": [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN);"
        "open('deaf', 'w').close(); time.sleep(600)"], "third": sys.argv[1:]})
    mine.forever()
except runner.Stopped as reason:
    mine.say(f"because {reason}")
    mine.stop()
    sys.exit(0 if reason.wanted else 1)
"""


class Running:
    def __init__(self, folder: Path, third: list[str]):
        self.folder = folder
        command = [sys.executable, "-c", PROGRAM, *third]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> bool:
        return (self.folder / "deaf").exists() and len(self.processes()) == 3

    def processes(self) -> list[str]:
        """The command lines of all that work in its folder, itself left out."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if int(process.name) != self.process.pid and (process / "cwd").resolve() == self.folder:
                    found.append((process / "cmdline").read_text().replace("\0", " ").strip())
            except OSError:
                continue  # it ended while we looked
        return [line for line in found if line]

    def end(self) -> tuple[int, list[str]]:
        """Its exit code, and its lines that say why."""
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, [line for line in output.splitlines() if line.startswith("because ")]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def begin(*third: str) -> Running:
        running.append(Running(tmp_path, list(third)))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, "because Ctrl-C"),
        (signal.SIGTERM, "because SIGTERM"),
        (signal.SIGHUP, "because the terminal was closed"),
    ],
)
def test_somebody_says_so(start, number, words):
    running = start("sleep", "601")
    wait_until(running.ready)
    os.killpg(running.process.pid, number)
    assert (running.end(), running.processes()) == ((0, [words]), [])


def test_one_that_ends_ends_all_the_others(start):
    running = start("sh", "-c", "exit 7")
    assert (running.end(), running.processes()) == ((1, ["because third ended with code 7"]), [])


def test_a_second_ctrl_c_does_not_leave_half_of_them_behind(start):
    running = start("sleep", "601")
    wait_until(running.ready)
    os.killpg(running.process.pid, signal.SIGINT)
    wait_until(lambda: len(running.processes()) < 3, 5, "the first to end")
    os.killpg(running.process.pid, signal.SIGINT)
    assert (running.end(), running.processes()) == ((0, ["because Ctrl-C"]), [])


def test_nobody_reading_its_lines_does_not_keep_it_from_ending(start):
    running = start("sleep", "601")
    wait_until(running.ready)
    running.process.stdout.close()
    os.killpg(running.process.pid, signal.SIGHUP)
    running.process.wait(20)
    assert running.processes() == []
    running.process.stdout = None
