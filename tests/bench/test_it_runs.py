"""The benchmarks run, small, and come to figures. How good these are is for a quiet machine to say."""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.stage import ROOT


@pytest.mark.parametrize("measures", [("punctuality", "redis", "rest"), ("burst", "far"), ("pages",)])
def test_they_run_small(measures: tuple[str, ...], tmp_path) -> None:
    report = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--report", str(report), *measures]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"BENCH_SCALE": "0.1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(report.read_text())
    assert told["scale"] == 0.1 and all(figure["name"] in done.stdout for figure in told["figures"])
    assert all(figure["ratio"] == figure["ratio"] and figure["measured"] for figure in told["figures"])
