"""The documents say what is true: files and names that they mention exist, links lead somewhere."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "coverage_app"
DOCUMENTS = [ROOT / "README.md", ROOT / "tests" / "faults" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LONGEST_PATH = 25  # modules from Save to the SMTP server
STEP = re.compile(
    r"^(?P<number>\d+)\. `(?P<path>[\w/]+\.py)`, `(?P<name>\w+)`: [^\n]+?(?P<mark> \*\([\w ]+\)\*)?$", re.M
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
PATH = re.compile(r"`((?:[\w.-]+/)*(?:[\w.-]+/|[\w-]+\.(?:py|md|html|po|toml)))`")
NOT_IN_GIT = re.compile(r"^instance/|hearing")  # made by a run; the example of a kind of record that may be added
NAME_IN_MODULE = re.compile(
    r"`(?P<path>[\w/]+\.py)`,\s+`(?P<name>\w+)`|`(?P<name_before>\w+)`\s+(?:in|of)\s+`(?P<path_after>[\w/]+\.py)`"
)
POINTER = re.compile(r"docs/([\w-]+\.md)(?:#([\w-]+))?")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def file_of(module: str) -> Path | None:
    """The file of a dotted name below coverage_app; a package's is its ``__init__``."""
    base = ROOT.joinpath(*module.split("."))
    return next((file for file in (base.with_suffix(".py"), base / "__init__.py") if file.exists()), None)


@cache
def imported(path: Path) -> frozenset[Path]:
    """The modules of coverage_app that a file imports; of a package, also those that its ``__init__`` hands on."""
    found: set[Path | None] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("coverage_app"):
            found |= {file_of(node.module), *(file_of(f"{node.module}.{alias.name}") for alias in node.names)}
    files = {file for file in found if file is not None} - {path, APP / "__init__.py"}
    if path.name == "__init__.py":
        return frozenset(files)
    return frozenset(files.union(*(imported(file) for file in files if file.name == "__init__.py")))


def names_in(path: Path) -> set[str]:
    """What a module defines: classes, functions, and whatever is assigned to a name."""
    nodes = list(ast.walk(tree(path)))
    named = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    return named | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def anchors_of(document: Path) -> set[str]:
    """The names under which GitHub finds a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def path_from_save_to_smtp() -> list[re.Match[str]]:
    return list(STEP.finditer((ROOT / "docs" / "architecture.md").read_text()))


def test_path_from_save_to_smtp_is_numbered_and_short() -> None:
    numbers = [int(step["number"]) for step in path_from_save_to_smtp()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 20 <= len(numbers) <= LONGEST_PATH


def test_each_module_on_the_path_is_reached_from_an_earlier_one() -> None:
    """By an import; a step with a mark is reached through Redis or a callback, and imports an earlier one itself."""
    earlier: set[Path] = set()
    for step in path_from_save_to_smtp():
        module = APP / step["path"]
        assert step["name"] in names_in(module), step[0]
        if step["mark"]:
            assert imported(module) & earlier, step[0]
        elif earlier:
            assert any(module in imported(one) for one in earlier), step[0]
        earlier.add(module)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_of_document_lead_somewhere(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text()):
        goal = document.parent / target if target else document
        assert goal.exists(), target
        assert not anchor or anchor in anchors_of(goal), f"{target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_paths_and_names_in_document_exist(document: Path) -> None:
    words = document.read_text()
    roots = (ROOT, APP, document.parent, ROOT / "tests")
    paths = {path for path in PATH.findall(words) if not NOT_IN_GIT.search(path)}
    assert {path for path in paths if not any((root / path).exists() for root in roots)} == set()
    for found in NAME_IN_MODULE.finditer(words):
        path, name = found["path"] or found["path_after"], found["name"] or found["name_before"]
        module = next((root / path for root in roots if (root / path).exists()), None)
        assert module is None or name in names_in(module), f"{path}: {name}"


def test_each_room_has_its_place_in_the_architecture() -> None:
    words = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {path.name + ("/" if path.is_dir() else "") for path in APP.iterdir()} - {"__pycache__/", "translations/"}
    assert {room for room in rooms if f"`{room}`" not in words} == set()


def test_pointers_of_the_code_lead_to_a_heading() -> None:
    for folder in (APP, ROOT / "tests"):
        for path in folder.rglob("*.py"):
            for document, anchor in POINTER.findall(path.read_text()):
                goal = ROOT / "docs" / document
                assert goal.exists(), f"{path}: {document}"
                assert not anchor or anchor in anchors_of(goal), f"{path}: {document}#{anchor}"
