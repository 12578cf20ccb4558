"""When a worker deletes what is past its retention."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from coverage_app.clock import utcnow
from coverage_app.services import retention
from coverage_app.worker import WorkerProcess

MINUTE = timedelta(minutes=1)


def test_housekeep_deletes_soon_after_the_start_then_hourly(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    deletions: list[datetime] = []
    monkeypatch.setattr(retention, "delete_expired", deletions.append)
    worker, started = WorkerProcess(app), utcnow()
    passes = [started + MINUTE * minutes for minutes in range(180)]
    for now in passes:
        worker.housekeep(now)
    assert [round((at - started) / MINUTE) for at in deletions] in ([5, 65, 125], [6, 66, 126])
