"""Judges the history of a soak: what was lost, sent twice, sent although it was not true, or answered badly."""

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from tests.soak.history import Change, Fault, History, Mail, Row

# Seconds. A mail that was accepted is committed within COMMIT, unless a fault comes between.
COMMIT = 2.0
EARLY = 0.1
ENDED = ("sent", "failed", "skipped")


def violations(history: History, staleness: float) -> list[str]:
    """Return a line for each thing that must not be, none when all is well.

    ``staleness``: seconds by which a worker's last look at the database may precede the acceptance of a mail.
    """
    judge = _Judge(history, staleness)
    checks = (judge.lost, judge.unended, judge.copies, judge.untrue, judge.answers, judge.others)
    return [line for check in checks for line in check()]


class _Judge:
    def __init__(self, history: History, staleness: float):
        self.history, self.staleness = history, staleness
        self.rows = {row.id: row for row in history.rows}
        self.mails: dict[UUID, list[Mail]] = defaultdict(list)
        for mail in history.mails:
            self.mails[mail.row_id].append(mail)
        self.changes: dict[UUID, list[Change]] = defaultdict(list)
        for change in history.changes:
            self.changes[change.record].append(change)

    def lost(self) -> Iterator[str]:
        """What stood to the end and was saved before its time must have been sent, or refused."""
        reminded = {(self.rows[row_id].record, self.rows[row_id].terms) for row_id in self.mails if row_id in self.rows}
        reminded |= {(row.record, row.terms) for row in self.history.rows if row.id in self.history.refused}
        for record, changes in self.changes.items():
            last = changes[-1]
            if last.terms and last.terms.send_at > last.answered_at and (record, last.terms) not in reminded:
                yield f"lost: call {record} due {last.terms.due:.0f} was not mailed about"

    def unended(self) -> Iterator[str]:
        """Every row ends, and says truly how."""
        for row in self.history.rows:
            if row.status is not None and row.status not in ENDED:
                yield f"not ended: reminder {row.id} is {row.status}"
            if row.status == "sent" and row.id not in self.mails:
                yield f"lost: reminder {row.id} is sent and was never accepted"
            if row.status == "failed" and row.id not in self.history.refused:
                yield f"failed for no reason: reminder {row.id}, {row.why}"

    def copies(self) -> Iterator[str]:
        """One mail a row; a second where a fault lay between the first's final dot and its commit; never a third."""
        for row_id, mails in self.mails.items():
            if len(mails) > 2:
                yield f"{len(mails)} copies: reminder {row_id}"
            for mail in mails[:-1]:
                if not self._fault(mail.at - COMMIT, mail.at + COMMIT, "risks_copy"):
                    yield f"a copy without a fault: reminder {row_id}, first accepted at {mail.at:.1f}"

    def untrue(self) -> Iterator[str]:
        """A mail says what was committed when it was handed over, and not before its second."""
        for mail in self.history.mails:
            row = self.rows.get(mail.row_id)
            if row is None:
                yield f"unknown: a mail of reminder {mail.row_id}, which was never planned"
            elif mail.at < row.terms.send_at - EARLY:
                yield f"early: reminder {row.id} by {row.terms.send_at - mail.at:.1f} s"
            elif not self._was_true(row, mail) and not self._fault(mail.at - self.staleness, mail.at, "delays"):
                yield f"untrue: reminder {row.id} at {mail.at:.1f}, its call {row.record} had been changed"

    def answers(self) -> Iterator[str]:
        for answer in self.history.answers:
            if answer.status >= 500 and not (answer.status == 503 and answer.in_words):
                yield f"answered {answer.status}{'' if answer.in_words else ' without words'}: {answer.request}"

    def others(self) -> Iterator[str]:
        yield from (f"ended by itself: {name}" for name in self.history.ended)
        if not self.history.reconciled.endswith("made=0 deleted=0 changed=0"):
            yield f"reconcile: {self.history.reconciled or 'said nothing'}"

    def _was_true(self, row: Row, mail: Mail) -> bool:
        """Whether these terms may have stood at some moment of the last ``staleness`` seconds."""
        changes = self.changes[row.record]
        ends = [later.answered_at for _, later in pairwise(changes)] + [math.inf]
        return any(
            change.terms == row.terms and change.sent_at <= mail.at and mail.at <= end + self.staleness
            for change, end in zip(changes, ends, strict=True)
        )

    def _fault(self, begin: float, end: float, kind: str) -> Fault | None:
        """A fault of this kind in that time, if there was one."""
        found = (fault for fault in self.history.faults if getattr(fault, kind) and fault.overlaps(begin, end))
        return next(found, None)
