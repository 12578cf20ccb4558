"""Where the fixtures are. The tables stand ready in both databases: what takes a database runs once on each."""

pytest_plugins = [
    "tests.order",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.application",
    "tests.fixtures.people",
    "tests.fixtures.engine",
    "tests.fixtures.files",
]
