"""``python -m tests.soak [minutes]``: load and faults for so long, then the report. Exit 1 when anything was wrong."""

import logging
import random
import sys
import time
from argparse import ArgumentParser

from tests.servers import wait_until
from tests.soak.faults import Faults, row_of
from tests.soak.history import History, Mail, Row, Terms
from tests.soak.load import Load
from tests.soak.oracle import violations
from tests.soak.report import summary
from tests.soak.site import LEASE, Site, running

SETTLED_WITHIN = 120.0  # seconds, after the last fault
# A worker reads what it sends at most a quarter of the lease before it hands it over; then the server takes its time.
STALENESS = LEASE / 4 + 1.5


def main() -> None:
    parser = ArgumentParser(prog="make soak", description="Load and faults, and what came of it.")
    parser.add_argument("minutes", nargs="?", type=float, default=20)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    parser.add_argument("--only", default="", help="faults whose names begin so, as PostgreSQL or worker")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # of this process; those that are soaked write theirs
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    random.seed(options.seed)
    history = History()
    with running() as site:
        _soak(site, history, options.minutes * 60, options.only)
        _gather(site, history)
        wrong = violations(history, STALENESS)
        print(summary(history, wrong, site.folder))
    sys.exit(1 if wrong else 0)


def _soak(site: Site, history: History, seconds: float, only: str) -> None:
    load, faults = Load(site, history), Faults(site, history, only)
    load.start()
    faults.run_until(time.monotonic() + seconds)
    load.stop()
    try:
        wait_until(site.is_settled, SETTLED_WITHIN, "every reminder has ended")
    except AssertionError as error:
        history.ended.append(str(error))
    history.reconciled = site.command("reconcile")
    for process in site.processes.values():
        process.kill()
        process.wait()


def _gather(site: Site, history: History) -> None:
    rows = site.query(
        "SELECT p.id, p.record, p.due, p.cover, n.status, n.last_error"
        " FROM planned AS p LEFT JOIN notification_schedules AS n ON n.id = p.id"
    )
    history.rows = [Row(row[0], row[1], Terms(row[2], row[3]), row[4], row[5]) for row in rows]
    history.mails = [Mail(row_of(mail.content), mail.at.timestamp()) for mail in site.smtp.messages]


if __name__ == "__main__":
    main()
