"""The delivery engine of one process: claim what is due → still true? → render → send → record.

``dispatch`` is the only function that delivers. The job behind an alarm, the sweep of every worker and the command
``deliver-due`` all call it; it may be called at any moment, any number of times, by any number of processes, for a
reminder is claimed by one of them.

Threads of a process, and what each owns:

- Whoever calls ``dispatch`` (the RQ listener, the sweep) claims reminders in batches and puts them on the work queue.
  It blocks while the queue is full, so that another process takes what this one cannot.
- Each ``Sender``, up to WORKER_CONCURRENCY of them, owns one SMTP connection. It takes one reminder at a time off the
  queue, and has it recorded before its next message: a crash costs at most one copy for each connection.
- The ``OutcomeRecorder``'s one thread owns the database connection over which outcomes are written and claims
  re-checked, those of all senders in one commit.
- ``watch`` runs beside them, so that expired claims return however busy the senders are.

States of a claim, which is a row with ``status = 'sending'`` and our ``claim_token``:

- queued: nobody has looked at it. The dispatcher may release it (stop, no thread to be had).
- in a sender's hand, before the message: the sender releases it; when the sender hangs, the dispatcher does at stop.
- the message handed over: nobody may release it any more. The recorder tries to write its outcome until that holds,
  and renews the claim meanwhile.
- expired: not renewed for two minutes, as its process died. ``watch`` of any worker takes it back.

Every write to a claimed row says ``WHERE claim_token = ours``: whoever has lost a claim changes nothing.
"""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, text

from coverage_app import alarms
from coverage_app.extensions import db
from coverage_app.models import Reminder
from coverage_app.services.delivery.dispatcher import Dispatcher
from coverage_app.services.delivery.work_queue import DeliveryCounts

COMING = timedelta(minutes=10)
MOST_ALARMS = 600


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher of this process, made on first use."""
    extensions = current_app.extensions
    if "dispatcher" not in extensions:
        extensions["dispatcher"] = Dispatcher(current_app._get_current_object(), extensions["settings"])  # type: ignore[attr-defined]
    dispatcher: Dispatcher = extensions["dispatcher"]
    return dispatcher


def dispatch(at: datetime) -> DeliveryCounts:
    """Hand over what is due at ``at``, or now if that is later; return before it is sent. Needs no Redis."""
    return get_dispatcher().dispatch(at)


def deliver_and_wait(at: datetime) -> DeliveryCounts:
    """Deliver what is due at ``at``, or now if that is later; return when every one has an outcome."""
    counts = dispatch(at)
    counts.wait()
    counts.unreachable = counts.unreachable or get_dispatcher().breaker.last_error is not None
    return counts


def watch(now: datetime) -> None:
    """Take back expired claims and set the coming alarms: what must go on however busy the senders are."""
    get_dispatcher().expire(now)
    set_coming_alarms(now)


def set_coming_alarms(now: datetime) -> None:
    """Set an alarm for each second of the next ten minutes in which something is due; setting one twice is harmless."""
    at = Reminder.next_attempt_at
    ahead = select(at).where(text("status = 'pending'"), at > now + alarms.AHEAD, at <= now + COMING)
    seconds = list(db.session.scalars(ahead.distinct().order_by(at).limit(MOST_ALARMS)))
    db.session.rollback()
    if seconds:
        alarms.current().set_for(seconds, now, limit=MOST_ALARMS)
