"""The benchmarks run, small, and come to figures. How good these are is for a quiet machine to say."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.__main__ import MEASURES
from tests.bench.environment import ROOT
from tests.xdist_order import LONG

SMALL = "0.03"


@LONG
def test_all_of_them_run_small(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"BENCH_SCALE": SMALL}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = json.loads(report.read_text())
    assert shown["scale"] == float(SMALL) and all(figure["name"] in done.stdout for figure in shown["figures"])
    assert len({figure["name"] for figure in shown["figures"]}) > len(MEASURES)
    assert all(figure["ratio"] == figure["ratio"] and figure["measured"] for figure in shown["figures"])
