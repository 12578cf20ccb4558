"""A figure beside what it is compared with, as a line for a person and as a record for a machine."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """``measured`` and ``baseline`` are words with their unit; ``ratio`` is what ``reach`` speaks of."""

    name: str
    measured: str
    baseline: str
    ratio: float
    reach: str
    reached: bool

    def record(self) -> dict[str, Any]:
        return asdict(self)


def at_least(name: str, measured: str, baseline: str, ratio: float, reach: float) -> Figure:
    return Figure(name, measured, baseline, round(ratio, 3), f"≥ {reach:g}", ratio >= reach)


def at_most(name: str, measured: str, baseline: str, ratio: float, reach: float) -> Figure:
    return Figure(name, measured, baseline, round(ratio, 3), f"≤ {reach:g}", ratio <= reach)


def table(figures: list[Figure]) -> str:
    """The figures as text, a line each, columns aligned."""
    head = ("figure", "measured", "baseline", "ratio", "reach", "")
    rows = [
        head,
        *((f.name, f.measured, f.baseline, f"{f.ratio:g}", f.reach, "yes" if f.reached else "NO") for f in figures),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def rank(values: list[float], share: float) -> float:
    """The value below which this share of ``values`` lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
