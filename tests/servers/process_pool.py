"""Real processes of the engine, forked from one that has imported everything: a start costs a tenth of a second.

The pool is single-threaded and has opened nothing, so a fork of it is as good as a fresh start. It forks
on request, one line of JSON each way; when its caller is gone, so are its children. ``multiprocessing``'s fork server
does not serve: it leaves children running when its caller is killed, and reaps them at once, so that a signal sent to
one that has just ended may reach a stranger under the same number.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from coverage_app.settings import ROOT

MODULES = {
    "worker": "coverage_app.worker",
    "scheduler": "coverage_app.scheduler",
    "web": "coverage_app.web.server",
}


class Process:
    """One process of the engine, handled as a ``subprocess.Popen`` is. ``log`` is what it has written so far."""

    def __init__(self, pool: ProcessPool, pid: int, log_path: Path):
        self.pool, self.pid, self.log_path = pool, pid, log_path
        self.returncode: int | None = None
        self._gone = os.pidfd_open(pid)

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float = 30) -> int:
        """Its exit code. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._gone], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            os.close(self._gone)
            self.returncode = os.waitstatus_to_exitcode(self.pool.ask(reap=self.pid))
        return self.returncode


class ProcessPool:
    """``start`` starts one; ``stop`` ends the pool and its children."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.servers.process_pool"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, kind: str, environ: dict[str, str], log: Path, points: Sequence[str] = ()) -> Process:
        """A ``worker``, a ``scheduler``, ``web`` or a command of ``flask``, with this environment and these crash
        points (``tests.faults.failpoints``: names, or ``name=number``), telling its log to ``log``."""
        log.touch()  # it can be read before its first line is written
        return Process(self, self.ask(spawn=kind, environ=environ, log=str(log), points=list(points)), log)

    def ask(self, **request: Any) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def stop(self) -> None:
        with self._process:
            pass  # its input is closed, and it is waited for


def serve() -> None:
    """Serve the pool's requests until its owner is gone."""
    _preload()
    children: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "reap" in request:
            children.discard(request["reap"])
            answer = os.waitpid(request["reap"], 0)[1]
        else:
            answer = _spawn(request)
            children.add(answer)
        print(answer, flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _preload() -> None:
    """Import, and do once, what every child would have to do at its start."""
    from coverage_app import create_app, scheduler, worker  # noqa: F401
    from coverage_app.settings import load
    from coverage_app.web import server  # noqa: F401
    from tests.environment import variables
    from tests.faults import failpoints  # noqa: F401

    create_app(load(variables("sqlite:////nonexistent/none.db", redis_port=1, smtp_port=1)))


def _spawn(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _run(**request)
        except BaseException:  # a child must never come back as a second pool
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
            os._exit(1)
    return pid


def _run(spawn: str, environ: dict[str, str], log: str, points: list[str]) -> NoReturn:
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    with Path(log).open("ab") as log_file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log_file.fileno(), 1)
        os.dup2(log_file.fileno(), 2)
    from tests.faults.failpoints import install

    install(points)
    code = 0
    if spawn in MODULES:
        sys.argv = [spawn, "127.0.0.1"]
        import_module(MODULES[spawn]).main()
    else:
        sys.argv = ["flask", "--app", "wsgi", spawn]
        try:
            import_module("flask.cli").main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
