"""In which order the tests run, so that no process has nothing to do and no processor neither.

Half of them mostly wait, for servers and for seconds to pass, and half compute: run side by side, not one kind after
the other, they take little more time than the computing alone. The longest of each kind come first, for begun last they
would keep the others waiting; those in a browser together, so that one browser is opened and not four.
"""

from typing import Any

import pytest

LONG = pytest.mark.long
WAITING = {"alarms", "bench", "delivery", "e2e", "embedded", "faults", "mailer", "worker"}  # folders


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes half a minute, and is begun before others of its kind")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    in_browser, waiting, long, others = [], [], [], []
    for item in sorted(items, key=_is_short):
        if "browser" in getattr(item, "fixturenames", ()):
            in_browser.append(item)
        elif item.path.parent.name in WAITING and "unit" not in item.path.parts:
            waiting.append(item)
        else:
            (others if _is_short(item) else long).append(item)
    hands = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    items[:] = dealt([in_browser, long, waiting[::2], waiting[1::2]], others, hands)


def _is_short(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is None


def dealt(early: list[list[Any]], others: list[Any], hands: int) -> list[Any]:
    """All of them, so that each of the equal parts that xdist's ``worksteal`` gives to ``hands`` processes begins with
    its share of the ``early`` groups. It steals from the end of a part, so they stay where they are dealt."""
    found: list[Any] = []
    total = sum(map(len, early)) + len(others)
    for hand in range(hands):
        first = [item for group in early[hand::hands] for item in group]
        part = (total - len(found)) // (hands - hand)
        share = max(0, part - len(first))
        found += first + others[:share]
        others = others[share:]
    return found
