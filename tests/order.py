"""In which order the tests run. Those that take long come first: begun last, one of them would keep the others waiting
with nothing to do. Those in a browser come first, too, all in one process, so that one browser is opened and not four.
"""

from typing import Any

import pytest

LONG = pytest.mark.long


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes half a minute, and is begun before the others")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    hands = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    in_browser: list[pytest.Item] = []
    long: list[list[pytest.Item]] = []
    others: list[pytest.Item] = []
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            in_browser.append(item)
        elif item.get_closest_marker("long"):
            long.append([item])
        else:
            others.append(item)
    items[:] = dealt([in_browser, *long], others, hands)


def dealt(early: list[list[Any]], others: list[Any], hands: int) -> list[Any]:
    """All of them, so that each of the equal parts that xdist's ``worksteal`` gives to ``hands`` processes begins with
    its share of the ``early`` groups. It steals from the end of a part, so they stay where they are dealt."""
    found: list[Any] = []
    total = sum(map(len, early)) + len(others)
    for hand in range(hands):
        mine = [item for group in early[hand::hands] for item in group]
        part = (total - len(found)) // (hands - hand)
        share = max(0, part - len(mine))
        found += mine + others[:share]
        others = others[share:]
    return found
