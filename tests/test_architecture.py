"""The layers of the house: imports point down, entrances keep apart, doors are the only way out; names are plain."""

import ast
import re
from collections import defaultdict
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
# A room of the web may import from itself and from those after it. ``monitoring`` and ``server`` stand apart.
WEB_ROOMS = ["pages", "crud", "present", "middleware"]
# One page may import another only here: the calendar shows, by day, the lines and filters of the dashboard.
PAGES_ALLOWED = {("calendar", "dashboard")}
# Terms of a dialect that nobody in the field would search for. In brackets, so that this file has none of them itself.
OLD_TERMS = re.compile(
    r"\b([c]ourier|[t]ray|[l]edger|[p]ost_?office|[v]erdict|[n]ursery|[t]old|[w]hence)\b", re.IGNORECASE
)
MAX_TEST_NAME = 70  # characters
MAX_ANY = 200  # lines of the application that give up on a type; most stand where a library does
# The way from a save to a mail, where a mistyped name of a column would cost a reminder.
TYPED_CORE = [
    "services/records.py",
    "services/follow_ups.py",
    "services/reminders.py",
    "services/emails/reminder.py",
    "services/emails/render.py",
    "services/delivery/recheck.py",
]


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


def web_imports() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(importing, imported) of every import between modules of the web, as the parts of their names below ``web``."""
    for path in (APP / "web").rglob("*.py"):
        importing = path.relative_to(APP / "web").with_suffix("").parts
        for module, name in imports(path):
            parts = (*module.split("."), name)
            if parts[:2] == ("coverage_app", "web"):
                yield importing, parts[2:]


def test_rooms_of_the_web_import_one_way() -> None:
    wrong = set()
    for importing, imported in web_imports():
        room, other = importing[0], imported[0]
        if room in WEB_ROOMS and other in WEB_ROOMS:
            allowed = WEB_ROOMS.index(room) <= WEB_ROOMS.index(other)
        else:  # the site map, and what stands apart: it may use the middleware, and no room uses it
            allowed = room in ("__init__", other) or (room == "server" and other == "middleware")
        if not allowed:
            wrong.add((".".join(importing), ".".join(imported)))
    assert wrong == set()


def test_pages_import_no_other_page() -> None:
    pairs = {(a[1], b[1]) for a, b in web_imports() if a[0] == b[0] == "pages"}
    assert {(page, other) for page, other in pairs if page != other} <= PAGES_ALLOWED


def test_public_class_names_are_unique() -> None:
    places = defaultdict(list)
    for path in modules():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(APP)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_types_are_given_up_seldom() -> None:
    lines = [line for path in modules() for line in path.read_text().splitlines() if re.search(r"\bAny\b", line)]
    assert len(lines) <= MAX_ANY


@pytest.mark.parametrize("module", TYPED_CORE)
def test_core_names_no_attribute_by_a_string(module: str) -> None:
    calls = [node.func for node in nodes(APP / module) if isinstance(node, ast.Call)]
    assert not {call.id for call in calls if isinstance(call, ast.Name)} & {"getattr", "setattr"}


def test_old_terms_are_gone_from_code_and_tests() -> None:
    found = set()
    for folder in (APP, APP.parent / "tests"):
        for path in folder.rglob("*"):
            if path.suffix in {".py", ".md", ".sql", ".html", ".txt"} and "translations" not in path.parts:
                found |= {(str(path.relative_to(APP.parent)), term) for term in OLD_TERMS.findall(path.read_text())}
    assert found == set()


def test_test_names_are_short_and_without_old_terms() -> None:
    names = {
        node.name
        for path in (APP.parent / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    assert {name for name in names if len(name) > MAX_TEST_NAME or OLD_TERMS.search(name.replace("_", " "))} == set()
