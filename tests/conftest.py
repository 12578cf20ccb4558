"""Where the fixtures are. The tables stand ready in both databases (``tests.fixtures.databases``)."""

import gc

pytest_plugins = [
    "tests.xdist_order",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.application",
    "tests.fixtures.people",
    "tests.fixtures.engine",
    "tests.fixtures.files",
]


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: looking through it for garbage, again and again, is a twentieth of
    what the tests cost."""
    gc.collect()
    gc.freeze()
