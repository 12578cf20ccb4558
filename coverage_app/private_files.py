"""Keep the files of one installation for its owner alone: the database of SQLite, keys, log-ins, caught mail."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url

from coverage_app.settings import Settings

log = structlog.get_logger()
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def protect(settings: Settings) -> None:
    """Take everybody else's rights from the files that are ours, and say in the log which had any."""
    _create_database_privately(settings)
    mended = [str(path) for path in find_exposed(settings) if _make_private(path)]
    if mended:
        log.warning("files.made_private", paths=mended)


def find_exposed(settings: Settings) -> list[Path]:
    """Return the files and folders of this installation that others may read or change."""
    return [path for path in _files(settings) if _mode(path) & OTHERS]


def database_file(settings: Settings) -> Path | None:
    """Return the file of SQLite, or None where the database is a server."""
    name = make_url(settings.database_url).database if settings.database_url.startswith("sqlite") else None
    return Path(name) if name else None


def _files(settings: Settings) -> Iterator[Path]:
    yield settings.instance
    if settings.instance.is_dir():
        # What lies deeper cannot be reached but through these.
        yield from settings.instance.iterdir()
    database = database_file(settings)
    if database is not None and database.parent != settings.instance:
        yield from (database.with_name(f"{database.name}{suffix}") for suffix in ("", "-wal", "-shm", "-journal"))


def _mode(path: Path) -> int:
    """Return the permissions; none for a link, and for a file that has gone."""
    try:
        status = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)


def _make_private(path: Path) -> bool:
    try:
        path.chmod(_mode(path) & ~OTHERS)
    except OSError:  # not ours; `doctor --security` says so
        return False
    return True


def _create_database_privately(settings: Settings) -> None:
    """Make the file before SQLite does, which would let others read it; its -wal and -shm follow it."""
    database = database_file(settings)
    if database is not None and database.parent.is_dir() and not database.exists():
        try:
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:  # SQLite will say what is wrong, where somebody needs it
            log.info("files.database_not_created", path=str(database))
