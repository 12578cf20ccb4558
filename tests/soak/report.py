"""The table in which a soak ends: its faults, its figures, and what must not have been."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.bench.figures import rank
from tests.soak.history import History
from tests.soak.site import CREW

SHOWN = 40  # violations
WORKER_ID = re.compile(r"\b[0-9a-f]{32}\b")  # RQ's own


def summary(history: History, wrong: list[str], folder: Path) -> str:
    """The report as text. ``folder`` has the logs of the processes."""
    return "\n\n".join(
        [
            _columns("fault", Counter(sorted(fault.name for fault in history.faults))),
            _columns("figure", _figures(history)),
            _columns("logged as warning or worse", _logged(folder)),
            "\n".join([f"{len(wrong)} violations", *wrong[:SHOWN]]),
            f"logs: {folder}",
        ]
    )


def _figures(history: History) -> dict[str, object]:
    first = {mail.row_id: mail.at for mail in reversed(history.mails)}
    late = [first[row.id] - row.terms.send_at for row in history.rows if row.id in first] or [0.0]
    statuses = Counter(row.status or "deleted before it was sent" for row in history.rows)
    return {
        "faults": len(history.faults),
        "saves": len(history.changes),
        "calls": len({change.record for change in history.changes}),
        "reminders planned": len(history.rows),
        **{f"reminders {status}": number for status, number in sorted(statuses.items())},
        "mails accepted": len(history.mails),
        "copies, each across a fault": len(history.mails) - len(first),
        "late, median / 95 % / worst": f"{rank(late, 0.5):.2f} / {rank(late, 0.95):.2f} / {max(late):.1f} s",
        "answers": len(history.answers),
        "answers 503 in words": sum(answer.status == 503 for answer in history.answers),
        "answers 4xx": sum(400 <= answer.status < 500 for answer in history.answers),
        "reconcile": history.reconciled,
    }


def _logged(folder: Path) -> dict[str, int]:
    """How often each event was logged as a warning or worse."""
    found = Counter[str]()
    for path in (folder / f"{name}.log" for name in CREW):
        for line in path.read_text().splitlines():
            shown = json.loads(line) if line.startswith("{") else {"level": "error", "event": "not JSON"}
            if shown.get("level") not in ("debug", "info"):
                event = WORKER_ID.sub("…", shown["event"].splitlines()[0])[:80]
                found[f"{path.stem.partition('-')[0]}: {shown['level']}: {event}"] += 1
    return found


def _columns(head: str, values: Mapping[str, object]) -> str:
    width = max(map(len, [head, *values]))
    lines = [f"{name:<{width}}  {value}" for name, value in values.items()]
    return "\n".join([head, "-" * width, *lines])
