"""In which order the tests run: those that take long first, shared out among the processes. Begun last, one of them
would keep the others waiting with nothing to do."""

from typing import Any

import pytest

LONG = pytest.mark.long


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes half a minute, and is begun before the others")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    hands = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    long = [item for item in items if item.get_closest_marker("long")]
    items[:] = dealt(long, [item for item in items if item not in long], hands)


def dealt(long: list[Any], others: list[Any], hands: int) -> list[Any]:
    """All of them, so that each of the equal parts that xdist's ``worksteal`` gives to ``hands`` processes begins with
    its share of the long ones. The others keep their order."""
    found: list[Any] = []
    total = len(long) + len(others)
    for hand in range(hands):
        part = (total - len(found)) // (hands - hand)
        mine = long[hand::hands]
        share = max(0, part - len(mine))
        found += mine + others[:share]
        others = others[share:]
    return found
