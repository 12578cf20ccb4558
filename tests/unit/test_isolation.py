"""The tests of this folder are of pure rules: they need no application, database, server or browser."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
EXPENSIVE = {
    "app",
    "applications",
    "environ",
    "migrated_database",
    "database_url",
    "postgres",
    "own_postgres",
    "redis",
    "start_redis",
    "smtp",
    "pool",
    "browser",
}


def test_unit_tests_request_no_application_database_or_server(request: pytest.FixtureRequest) -> None:
    here = [item for item in request.session.items if HERE in item.path.parents]
    requested = {item.nodeid: EXPENSIVE & set(getattr(item, "fixturenames", ())) for item in here}
    assert {test: fixtures for test, fixtures in requested.items() if fixtures} == {}
