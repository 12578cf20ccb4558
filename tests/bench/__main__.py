"""``python -m tests.bench [--report FILE] [name …]``: measures, prints a table and writes ``bench.json``.

``BENCH_SCALE`` shrinks the numbers: 0.1 shows that it runs; only 1 is to be quoted.
"""

import json
import logging
import os
import platform
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import burst, memory, pages, punctuality
from tests.bench.environment import raised
from tests.bench.figures import Figure, table

MEASURES = {
    "punctuality": punctuality.measure,
    "burst": burst.without_latency,
    "far": burst.far_away,
    "pages": pages.measure,
    "redis": memory.redis,
    "rest": memory.processes,
}


def main() -> None:
    parser = ArgumentParser(prog="make bench", description="Measure, beside baselines, in one run.")
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(MEASURES)}; all when none is given")
    parser.add_argument("--report", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    logging.disable(logging.INFO)  # of this process; those that are measured write theirs
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    figures: list[Figure] = []
    with raised(scale) as stage:
        for name in options.names or MEASURES:
            print(f"{name} …", file=sys.stderr, flush=True)
            figures += MEASURES[name](stage)
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    print(f"{when}, {where}, scale {scale:g}, load {os.getloadavg()[1]:.1f}\n\n{table(figures)}")
    report = {"at": when, "machine": where, "scale": scale, "figures": [figure.record() for figure in figures]}
    options.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
