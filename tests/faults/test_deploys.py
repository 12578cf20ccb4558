"""Line 30: in the midst of a deploy old workers meet a newer schema, and jobs that they cannot run."""

import pytest
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import create_engine, text

from coverage_app.alarms import QUEUE
from tests.faults.conftest import ManyDue, Settled
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.engine import Start
from tests.servers import wait_until
from tests.servers.redis import Redis

pytestmark = BOTH_DATABASES

NEWER = "ALTER TABLE notification_schedules ADD COLUMN from_the_future varchar(20) DEFAULT 'x' NOT NULL"
OLDER = "ALTER TABLE notification_schedules DROP COLUMN from_the_future"


@pytest.mark.parametrize("function", ["coverage_app.jobs.renamed_since", "coverage_app.gone.deliver_due"])
def test_30_job_of_a_removed_function_changes_no_row_and_the_sweep_sends(
    start: Start, many_due: ManyDue, redis: Redis, settled: Settled, database_url: str, function: str
) -> None:
    worker = start("worker")
    engine = create_engine(database_url)
    with redis.client() as client:
        job = Job.create(
            function,
            connection=client,
            serializer=JSONSerializer,
            id="now-1-old",
            origin=QUEUE,
            status=JobStatus.QUEUED,
        )
        job.save()
        client.rpush(f"rq:queue:{QUEUE}", job.id)
        wait_until(lambda: client.llen(f"rq:queue:{QUEUE}") == 0)
    many_due(3)
    with engine.begin() as connection:
        connection.execute(text(NEWER))
    try:
        many_due(3)
        settled()
    finally:
        with engine.begin() as connection:
            connection.execute(text(OLDER))
        engine.dispose()
    assert worker.poll() is None
