"""The queue before the senders, and the counts of what became of it."""

from threading import Thread
from uuid import uuid4

from coverage_app.services.delivery.claims import Claim
from coverage_app.services.delivery.work_queue import DeliveryCounts, WorkItem, WorkQueue


def items(number: int) -> list[WorkItem]:
    counts = DeliveryCounts()
    return [WorkItem(Claim(uuid4(), uuid4()), counts) for _ in range(number)]


def test_queue_gives_items_in_the_order_in_which_they_were_put() -> None:
    queue, given = WorkQueue(low_mark=1), items(3)
    queue.put(given)
    assert ([queue.take_nowait() for _ in range(4)], len(queue)) == ([*given, None], 0)


def test_queue_that_stays_empty_gives_none_after_the_timeout() -> None:
    assert WorkQueue(low_mark=0).take(timeout=0) is None


def test_queue_counts_as_unattended_what_no_idle_sender_awaits() -> None:
    queue = WorkQueue(low_mark=5)
    queue.put(items(2))
    assert queue.unattended() == 2


def test_queue_has_room_when_it_is_down_to_its_low_mark() -> None:
    queue, given, waited = WorkQueue(low_mark=1), items(3), []
    queue.put(given)
    waiting = Thread(target=lambda: waited.append(queue.wait_for_room()))
    waiting.start()
    queue.take_nowait()
    assert not waited
    queue.take_nowait()
    waiting.join(5)
    assert waited == [True]


def test_queue_that_is_closed_gives_nothing_and_wakes_who_waits() -> None:
    queue, given = WorkQueue(low_mark=0), items(2)
    queue.put(given)
    queue.close()
    assert (queue.take(timeout=5), queue.take_nowait(), queue.wait_for_room(), queue.clear()) == (
        None,
        None,
        False,
        given,
    )


def test_counts_wait_until_each_item_has_an_outcome() -> None:
    counts = DeliveryCounts()
    counts.expect(5)
    for outcome in ("sent", "retried", "skipped", "failed"):
        counts.count(outcome)
    assert not counts.wait(timeout=0)
    counts.count(None)
    assert counts.wait(timeout=0)
    assert (counts.sent, counts.retried, counts.skipped, counts.failed) == (1, 1, 1, 1)
