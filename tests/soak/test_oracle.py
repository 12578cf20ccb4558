"""The oracle of the soak finds each thing that must not be, and lets pass what may."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from tests.soak.history import LEAD, Answer, Change, Fault, History, Mail, Row, Terms
from tests.soak.oracle import violations

CALL, ROW, OTHER, COVER, ANOTHER = (UUID(int=number) for number in range(1, 6))
DUE = 10_000.0
NOW = DUE - LEAD  # when its reminder is due
TERMS = Terms(DUE, COVER)
MADE = Change(CALL, TERMS, NOW - 10, NOW - 9.9)
KILLED = Fault("worker killed", NOW + 0.3, NOW + 2, risks_copy=True)
PAUSED = Fault("worker paused", NOW - 5, NOW + 7, risks_copy=True, delays=True)
CLEAN = "checked=1 made=0 deleted=0 changed=0"
STALENESS = 2.0


def history(**changed: object) -> History:
    """A call that was saved, reminded of once and left alone, but for what is ``changed``."""
    usual = History([MADE], [Row(ROW, CALL, TERMS, "sent")], [Mail(ROW, NOW + 0.1)], reconciled=CLEAN)
    return replace(usual, **changed)  # type: ignore[arg-type]


def change(at: float, terms: Terms | None) -> Change:
    return Change(CALL, terms, at, at + 0.1)


LATER = Terms(DUE + 100, COVER)
MOVED_AND_SENT = [Row(ROW, CALL, TERMS, "sent"), Row(OTHER, CALL, LATER, "sent")]
RIGHT: dict[str, Callable[[], History]] = {
    "sent once": history,
    "nothing done": lambda: History(reconciled=CLEAN),
    "a copy across a kill": lambda: history(mails=[Mail(ROW, NOW), Mail(ROW, NOW + 9)], faults=[KILLED]),
    "refused for good": lambda: history(rows=[Row(ROW, CALL, TERMS, "failed")], mails=[], refused={ROW}),
    "deleted before its time": lambda: history(
        changes=[MADE, change(NOW - 5, None)], rows=[Row(ROW, CALL, TERMS, None)], mails=[]
    ),
    "moved while it was sent": lambda: history(
        changes=[MADE, change(NOW - 0.1, LATER)],
        rows=MOVED_AND_SENT,
        mails=[Mail(ROW, NOW + 0.1), Mail(OTHER, NOW + 100)],
    ),
    "moved there and back": lambda: history(
        changes=[MADE, change(NOW - 8, LATER), change(NOW - 6, TERMS)], rows=[Row(ROW, CALL, TERMS, "sent")]
    ),
    "saved too late to be planned": lambda: history(changes=[change(NOW + 1, TERMS)], rows=[], mails=[]),
    "stale behind a pause": lambda: history(
        changes=[MADE, change(NOW - 4, None)], mails=[Mail(ROW, NOW + 0.1)], faults=[PAUSED]
    ),
    "503 in words, and 404": lambda: history(answers=[Answer("GET /", 503), Answer("GET /calls/x", 404)]),
}
WRONG: dict[str, tuple[Callable[[], History], str]] = {
    "never sent": (lambda: history(rows=[], mails=[]), "lost: call"),
    "skipped": (lambda: history(rows=[Row(ROW, CALL, TERMS, "skipped", "changed")], mails=[]), "lost: call"),
    "marked, not accepted": (lambda: history(mails=[], refused={ROW}), "lost: reminder"),
    "still claimed": (lambda: history(rows=[Row(ROW, CALL, TERMS, "sending")]), "not ended"),
    "still waiting": (lambda: history(rows=[Row(ROW, CALL, TERMS, "pending")]), "not ended"),
    "failed": (lambda: history(rows=[Row(ROW, CALL, TERMS, "failed", "no_outcome")]), "failed for no reason"),
    "a copy": (lambda: history(mails=[Mail(ROW, NOW), Mail(ROW, NOW + 9)]), "a copy without a fault"),
    "a copy beside a fault of another kind": (
        lambda: history(mails=[Mail(ROW, NOW), Mail(ROW, NOW + 9)], faults=[replace(KILLED, risks_copy=False)]),
        "a copy without a fault",
    ),
    "a copy long before a kill": (
        lambda: history(mails=[Mail(ROW, NOW - 0.1), Mail(ROW, NOW + 9)], faults=[replace(KILLED, began=NOW + 6)]),
        "a copy without a fault",
    ),
    "three copies": (lambda: history(mails=[Mail(ROW, NOW)] * 3, faults=[KILLED]), "3 copies"),
    "early": (lambda: history(mails=[Mail(ROW, NOW - 1)]), "early"),
    "done": (lambda: history(changes=[MADE, change(NOW - 5, None)]), "untrue"),
    "moved": (lambda: history(changes=[MADE, change(NOW - 5, LATER)], rows=MOVED_AND_SENT), "untrue"),
    "reassigned": (lambda: history(changes=[MADE, change(NOW - 5, Terms(DUE, ANOTHER))]), "untrue"),
    "never planned": (lambda: history(mails=[Mail(ROW, NOW + 0.1), Mail(OTHER, NOW)]), "unknown"),
    "500": (lambda: history(answers=[Answer("GET /", 500)]), "answered 500: GET /"),
    "502 in words": (lambda: history(answers=[Answer("GET /", 502)]), "answered 502"),
    "a bare 503": (lambda: history(answers=[Answer("GET /", 503, in_words=False)]), "answered 503 without words"),
    "a process that ended": (lambda: history(ended=["worker"]), "ended by itself: worker"),
    "repairs": (lambda: history(reconciled="checked=1 made=0 deleted=2 changed=0"), "reconcile: checked=1"),
    "no reconcile": (lambda: history(reconciled=""), "reconcile: said nothing"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_oracle_history_that_may_be_passes(name: str) -> None:
    assert violations(RIGHT[name](), STALENESS) == []


@pytest.mark.parametrize("name", WRONG)
def test_oracle_history_that_must_not_be_is_named(name: str) -> None:
    made, words = WRONG[name]
    assert any(line.startswith(words) for line in violations(made(), STALENESS))
