"""The chart of the last hours: a column for each, as high as mails were sent in it, coloured by how late they were.

Only geometry and classes: the colours are the style sheet's, and every word is beside the picture.
"""

from dataclasses import dataclass
from datetime import datetime

from coverage_app.services.health import LATE_AFTER
from coverage_app.services.health.figures import Hour

PROMPT = 10  # seconds: one of figures.BOUNDS
STILL_TRUE = int(LATE_AFTER.total_seconds())
HEIGHT = 100.0
COLUMN, BAR = 10.0, 7.0
LEAST = 2.0  # a single late mail in an hour of thousands is to be seen


@dataclass(frozen=True)
class Block:
    """A rectangle of a column. ``tone`` is ``good``, ``warn`` or ``bad``."""

    x: float
    y: float
    height: float
    tone: str


@dataclass(frozen=True)
class ChartColumn:
    """One hour's rectangles and figures, the most punctual at the bottom."""

    hour: Hour
    prompt: int
    tardy: int
    late: int
    blocks: list[Block]

    @property
    def worst(self) -> str:
        """In the symbols that all languages share."""
        minutes, seconds = divmod(self.hour.worst, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours} h {minutes} min"
        return f"{minutes} min" if minutes > 1 else f"{minutes * 60 + seconds} s"


class Chart:
    """Every hour as a column, within a box of ``width`` by HEIGHT."""

    def __init__(self, hours: list[Hour]):
        self.most = max(hour.sent for hour in hours)
        self.width, self.height, self.bar = COLUMN * len(hours), HEIGHT, BAR
        self.columns = [_column(place, hour, self.most) for place, hour in enumerate(hours)]

    @property
    def filled(self) -> list[ChartColumn]:
        """Those with anything in them, the latest first."""
        return [column for column in reversed(self.columns) if column.hour.sent]

    @property
    def marks(self) -> list[datetime]:
        """The hours named below the picture: every sixth."""
        return [column.hour.start for column in self.columns[::6]]


def _column(place: int, hour: Hour, most: int) -> ChartColumn:
    prompt, true = hour.within(PROMPT), hour.within(STILL_TRUE)
    parts = {"good": prompt, "warn": true - prompt, "bad": hour.sent - true}
    heights = {tone: max(LEAST, number / most * HEIGHT) for tone, number in parts.items() if number}
    # What LEAST adds must not push the column out of the box.
    shrink = min(1.0, HEIGHT / sum(heights.values())) if heights else 1.0
    blocks, y = [], HEIGHT
    for tone, height in heights.items():
        y -= height * shrink
        x = place * COLUMN + (COLUMN - BAR) / 2
        blocks.append(Block(x, round(y, 2), round(height * shrink, 2), tone))
    return ChartColumn(hour, parts["good"], parts["warn"], parts["bad"], blocks)
