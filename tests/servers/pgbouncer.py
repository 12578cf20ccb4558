"""PgBouncer in transaction mode: each transaction of a client may run in another session of the server."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers import free_port, wait_until

SETTINGS = {
    "pool_mode": "transaction",
    "auth_type": "any",  # whoever asks is the server's user
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    "max_client_conn": 500,
    "default_pool_size": 10,
    "server_round_robin": 1,  # as many different sessions as can be
}


def executable() -> str | None:
    """Where PgBouncer is, or None; Debian puts it where only root looks."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


class PgBouncer:
    """Before the server of ``database_url``, for any of its databases."""

    def __init__(self, program: str, database_url: str):
        self.server = urlsplit(database_url)
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="coverage-pgbouncer-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.command = [program, "-q", "pgbouncer.ini"]
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(self.folder, "nobody", "nogroup")
            self.command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *self.command]

    def url(self, database_url: str) -> str:
        """The same database, through the pooler."""
        address = f"{self.server.username}@127.0.0.1:{self.port}"
        return urlsplit(database_url)._replace(netloc=address).geturl()

    def start(self) -> None:
        server = {"host": self.server.hostname, "port": self.server.port or 5432, "user": self.server.username}
        if self.server.password:
            server["password"] = self.server.password
        lines = ["[databases]", f"* = {_joined(server, ' ')}", "[pgbouncer]"]
        text = "\n".join([*lines, _joined(SETTINGS | {"listen_port": self.port}, "\n"), ""])
        (self.folder / "pgbouncer.ini").write_text(text)
        with (self.folder / "log").open("ab") as log:
            # It dies with the tests, also when these are killed.
            command = ["setpriv", "--pdeathsig=KILL", *self.command]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        wait_until(self._answers, 10, f"PgBouncer in {self.folder}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg.connect(f"postgresql://{self.server.username}@127.0.0.1:{self.port}/postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def _joined(values: dict[str, object], by: str) -> str:
    return by.join(f"{name}={value}" for name, value in values.items())
