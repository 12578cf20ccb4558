"""The table of the faults names tests that exist, and leaves no line and no test of this folder out."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
LINES = [*map(str, range(1, 28)), "27b", "28", "29", "30", "35", "37"]
Named = set[tuple[Path, str]]  # file, test


def in_file(path: Path) -> Named:
    return {(path, name) for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(), re.MULTILINE)}


def in_cell(proofs: str) -> Named:
    return {((HERE / f"{module}.py").resolve(), name) for module, name in re.findall(r"`([\w./]+)::(\w+)`", proofs)}


def test_table_names_existing_tests_and_every_test_of_this_folder() -> None:
    rows = re.findall(r"^\| (\d+b?) \|.*\| (.*) \|$", (HERE / "README.md").read_text(), re.MULTILINE)
    proofs = {number: in_cell(tests) for number, tests in rows}
    assert list(proofs) == LINES and all(proofs.values())
    named = set().union(*proofs.values())
    assert named <= set().union(*(in_file(path) for path, _ in named))
    here = set().union(*(in_file(path) for path in HERE.glob("test_*.py") if path != Path(__file__).resolve()))
    assert here == {(path, name) for path, name in named if path.parent == HERE}
