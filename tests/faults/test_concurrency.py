"""Line 7, and the provider's rate: any number of processes at once, and every reminder leaves once."""

from datetime import timedelta

from tests.faults.conftest import ManyDue, Settled
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.engine import Start
from tests.servers.smtp import Sink

pytestmark = BOTH_DATABASES

CROWD = 2000


def test_7_crowd_of_processes_sends_two_thousand_reminders_once_each(
    start: Start, many_due: ManyDue, smtp: Sink, settled: Settled
) -> None:
    crew = [start(kind) for kind in ["worker"] * 4 + ["scheduler"] * 2]
    # A fifth of them overdue: the sweeps and the command begin with those while the alarm has yet to ring.
    many_due(CROWD, [timedelta(seconds=ahead) for ahead in (-1, 1, 1, 2, 2)])
    crew.append(start("deliver-due"))
    smtp.wait_for(CROWD, timeout=60)
    settled()
    shown = "".join(process.log for process in crew)
    assert [line for line in shown.splitlines() if '"level": "error"' in line or "locked" in line] == []
    assert crew[-1].wait() == 0 and "failed=0" in crew[-1].log


def test_7_smtp_rate_is_shared_by_all_workers(start: Start, many_due: ManyDue, smtp: Sink, settled: Settled) -> None:
    many_due(25)
    for _ in range(3):
        start("worker", SMTP_RATE="10/s")
    settled()
    # Any second, wherever it begins: between the first and the eleventh of a run, a second must lie.
    times = [mail.at for mail in smtp.messages]
    assert min(later - earlier for earlier, later in zip(times, times[10:], strict=False)) >= timedelta(seconds=1)
