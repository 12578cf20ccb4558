"""PostgreSQL: the one that ``TEST_DATABASE_URL`` names, else Debian's binaries run for these tests alone."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests.servers import free_port, wait_until

DRIVER = "postgresql+psycopg://"
# Nothing need survive this machine, so nothing need reach the disk; what is committed survives a kill all the same.
ANYWHERE = {"unix_socket_directories": ""}
QUICK = {"fsync": "off", "full_page_writes": "off", **ANYWHERE}


def binaries() -> Path | None:
    """Where ``initdb`` and ``postgres`` are, the newest first; None when there are none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = debian[-1:] or ([Path(on_path).resolve()] if on_path else [])
    return found[0].parent if found else None


class Databases:
    """Makes empty databases on a server that runs, and drops them at the end."""

    def __init__(self, url: str):
        self.admin_url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
        self._made: list[str] = []

    def fresh(self, like: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one at ``like``, to which nobody may be connected."""
        name = f"coverage_test_{uuid4().hex[:12]}"
        template = f' TEMPLATE "{urlsplit(like).path[1:]}"' if like else ""
        self._execute(f'CREATE DATABASE "{name}"{template}')
        self._made.append(name)
        server, _, options = self.admin_url.partition("?")
        url = f"{DRIVER}{server.removeprefix('postgresql://').rpartition('/')[0]}/{name}"
        return f"{url}?{options}" if options else url

    def drop_all(self) -> None:
        for name in self._made:
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


class Postgres(Databases):
    """A server of our own in a temporary folder; ``stop`` and ``start`` keep its port and its data."""

    def __init__(self, programs: Path, quick: bool = True):
        """``quick``: nothing need survive this machine. Else as an office would run it, for measuring."""
        self.programs, self.port = programs, free_port()
        self.options = QUICK if quick else ANYWHERE
        self.folder = Path(tempfile.mkdtemp(prefix="coverage-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        super().__init__(f"postgresql://postgres@127.0.0.1:{self.port}/postgres")
        # It refuses to run as root.
        self.unprivileged = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        if self.unprivileged:
            shutil.chown(self.folder, "nobody", "nogroup")
        initdb = ["initdb", "-D", "data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(self._command(initdb), cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = {**self.options, "port": str(self.port), "listen_addresses": "127.0.0.1"}
        command = ["postgres", "-D", "data", *(f"--{name}={value}" for name, value in options.items())]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command(command), cwd=self.folder, stdout=log, stderr=log)
        wait_until(self._answers, 30, f"PostgreSQL in {self.folder}")

    def stop(self) -> None:
        """Stop at once, as after a power cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, command: list[str]) -> list[str]:
        # It dies with the tests, also when these are killed.
        return ["setpriv", "--pdeathsig=QUIT", *self.unprivileged, str(self.programs / command[0]), *command[1:]]

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
