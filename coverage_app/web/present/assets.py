"""Addresses of static files: each carries a hash of its content, so that it may be cached for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, url_for

ICONS = "vendor/bootstrap-icons-1.13.2/sprite.svg"


def init_app(app: Flask) -> None:
    app.add_template_global(address, "asset")
    app.add_template_global(icons)


def address(name: str) -> str:
    """Where ``name`` under ``static/`` is served, with ``?v=`` its hash."""
    path = Path(str(current_app.static_folder)) / name
    return url_for("static", filename=name, v=_digest(path, path.stat().st_mtime_ns))


def icons() -> str:
    """Where the icons are. Only those in use are in that file: it changes with them, though its folder does not.

    Looked up once for a page, which may have hundreds.
    """
    if "icons" not in g:
        g.icons = address(ICONS)
    return str(g.icons)


@lru_cache(maxsize=256)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
