"""Addresses of static files: each carries a hash of its content, so that it may be cached for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, url_for


def init_app(app: Flask) -> None:
    app.add_template_global(address, "asset")


def address(name: str) -> str:
    """Where ``name`` under ``static/`` is served, with ``?v=`` its hash."""
    path = Path(str(current_app.static_folder)) / name
    return url_for("static", filename=name, v=_digest(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
