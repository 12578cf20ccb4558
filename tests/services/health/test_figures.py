"""What the engine counts, on SQLite too, by walking an index; large tables on PostgreSQL are test_plans.py's."""

from typing import Any

from flask import Flask

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.services import delivery, health, retention
from coverage_app.services.delivery import claims
from coverage_app.services.health import figures
from tests.fixtures.databases import ON_SQLITE
from tests.services.queries.test_query_plans import listening

pytestmark = ON_SQLITE


def test_no_question_of_the_engine_reads_a_table_whole(app: Flask) -> None:
    now = utcnow()
    with listening(app) as said:
        health.engine_status(now)
        figures.waiting(now)
        figures.sent(now - figures.HOUR, 1)
        figures.unsent(now - figures.HOUR)
        claims.claim(1, now, rate=(1, 60))
        delivery.set_coming_alarms(now)
        retention.delete_expired(now)
    plans = {statement: plan(statement, given) for statement, given in said if not statement.startswith("BEGIN")}
    assert len(plans) >= 12
    scans = {statement: steps for statement, steps in plans.items() if any(map(whole, steps))}
    assert scans == {}


def plan(statement: str, given: Any) -> list[str]:
    with db.engine.connect() as connection:
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]


def whole(step: str) -> bool:
    """A table read from end to end; heartbeats are those of a day, a handful, and what a subquery found is few."""
    read = step.split()[1] if step.startswith("SCAN") and "USING" not in step else ""
    return read not in ("", "heartbeats", "CONSTANT") and not read.startswith(("anon_", "(subquery-"))
