"""The layers of the house: imports point down, entrances keep apart, doors are the only way out."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "coverage_app"

# The lowest first. A module may import from its own layer and those below; entrances not even from one another.
LAYERS = [
    {
        "settings",
        "extensions",
        "clock",
        "enums",
        "errors",
        "database",
        "database_clock",
        "postgresql",
        "logs",
        "fault_reports",
        "i18n",
        "client_network",
        "private_files",
        "pseudonyms",
        "request_limits",
        "security_events",
    },
    {"models"},
    {"alarms", "mailer", "heartbeats", "counters"},
    {"services"},
    {"web", "api", "jobs", "worker", "scheduler", "cli", "embedded"},
    {"__init__"},
]
ENTRANCES = LAYERS[4]
# One entrance may call another by importing it only here: the worker and the web process are made of the application.
ALLOWED = {("worker", "__init__"), ("web", "__init__"), ("worker", "jobs")}
DOORS = {
    "flask_mail": {"mailer"},
    "smtplib": {"mailer"},
    "rq_scheduler": {"alarms"},
    "rq": {"alarms"},
    "redis": {"alarms", "counters", "worker", "scheduler", "settings"},
}
# What the rules may not know of: who asks, and through which wire.
NOT_IN_SERVICES = {"request", "session", "g", "current_user", "url_for", "flask_login", "flask_wtf", "wtforms"}


@cache
def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def layer(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


def room_of(path: Path) -> str:
    """The part of the house a file is in: its folder under coverage_app, or its own name."""
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of every import in a file, those inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from ((node.module or "", alias.name) for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    found = set()
    for module, name in imports(path):
        parts = module.split(".")
        if parts[0] == "coverage_app":
            found.add(parts[1] if len(parts) > 1 else name if name != "create_app" else "__init__")
    return found


def found_in_any(wrong: Callable[[str, set[str]], set[str]]) -> dict[str, set[str]]:
    """What ``wrong``, given a module's room and the rooms that it imports, objects to, by module."""
    found = {str(path.relative_to(APP)): wrong(room_of(path), rooms_imported(path)) for path in modules()}
    return {module: rooms for module, rooms in found.items() if rooms}


def test_imports_point_down() -> None:
    assert found_in_any(
        lambda room, others: {one for one in others if layer(one) > layer(room) and (room, one) not in ALLOWED}
    ) == {}  # fmt: skip


def test_entrances_never_import_one_another() -> None:
    assert found_in_any(
        lambda room, others: {one for one in others & (ENTRANCES - {room}) if (room, one) not in ALLOWED}
        if room in ENTRANCES
        else set()
    ) == {}  # fmt: skip


@pytest.mark.parametrize("library", DOORS)
def test_a_library_of_the_outside_is_imported_behind_its_door_only(library: str) -> None:
    behind = {room_of(path) for path in modules() for module, _ in imports(path) if module.split(".")[0] == library}
    assert behind - {"embedded"} <= DOORS[library]


def test_the_rules_know_no_request_and_no_current_user() -> None:
    known = {
        (str(path.relative_to(APP)), name or module)
        for path in modules()
        if room_of(path) in {"services", "alarms", "mailer"}
        for module, name in imports(path)
        if name in NOT_IN_SERVICES or module.split(".")[0] in NOT_IN_SERVICES
    }
    assert known == set()


def test_only_services_commit() -> None:
    committing = {
        room_of(path)
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }
    assert committing == {"services"}


def test_only_the_clock_reads_the_time() -> None:
    readers = {
        room_of(path)
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    }
    assert readers == {"clock"}
