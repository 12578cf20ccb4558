"""Describes the state of a reminder in words: for a record's timeline, the dashboard and the deliveries."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from coverage_app import i18n
from coverage_app.enums import Status
from coverage_app.models import Reminder
from coverage_app.services import delivery
from coverage_app.services.emails.reminder import event_name
from coverage_app.services.health import LATE_AFTER
from coverage_app.web.present.filters import exact, named_moment
from coverage_app.web.present.labels import FAILURES, REMINDER_STATUSES, SKIP_REASONS


@dataclass(frozen=True)
class Step:
    """A reminder in words. ``tone`` names its colour and ``icon`` its sign: neither carries the meaning alone."""

    row: Reminder
    lead: str
    tone: str
    icon: str
    label: str
    sentence: str

    @property
    def event(self) -> str:
        return event_name(self.row.event_kind, "")

    @property
    def again(self) -> bool:
        """Return whether a person may retry it."""
        return delivery.may_retry(self.row)


def step(row: Reminder, now: datetime) -> Step:
    """Describe ``row`` at ``now``."""
    tone, icon, label, sentence = DESCRIPTIONS[Status(row.status)](row, now)
    lead = _("%(lead)s before", lead=i18n.lead_time(row.notification_type))
    return Step(row, lead, tone, icon, str(label), sentence)


Description = tuple[str, str, object, str]


def _pending(row: Reminder, now: datetime) -> Description:
    if not row.recipient.is_active:
        sentence = _("%(name)s is no longer active: it will not be sent unless that changes.", name=row.recipient.name)
        return "bad", "slash-circle", _("Cover inactive"), sentence
    if row.attempts:
        words = _("The mail server did not take it yet (%(words)s). Next try: %(when)s.")
        return (
            "warn",
            "hourglass-split",
            _("Trying again"),
            words
            % {
                "words": row.last_error or "…",
                "when": exact(row.next_attempt_at),
            },
        )
    if row.next_attempt_at < now - LATE_AFTER:
        late = i18n.duration(now - row.scheduled_send_at)
        sentence = _("It should have left %(when)s, %(late)s ago. It leaves as soon as the mail service works again.")
        return "warn", "hourglass-split", _("Late"), sentence % {"when": exact(row.scheduled_send_at), "late": late}
    return "wait", "clock", REMINDER_STATUSES[Status.PENDING], _("Leaves %(when)s", when=exact(row.next_attempt_at))


def _sending(row: Reminder, now: datetime) -> Description:
    return "wait", "send", REMINDER_STATUSES[Status.SENDING], _("It is leaving right now.")


def _sent(row: Reminder, now: datetime) -> Description:
    assert row.sent_at is not None  # set together with the status
    sentence = _("Sent %(when)s", when=exact(row.sent_at))
    if row.sent_at - row.scheduled_send_at > LATE_AFTER:
        sentence = _("Sent %(when)s, %(late)s late") % {
            "when": exact(row.sent_at),
            "late": i18n.duration(row.sent_at - row.scheduled_send_at),
        }
    return "good", "check-circle-fill", REMINDER_STATUSES[Status.SENT], sentence


def _failed(row: Reminder, now: datetime) -> Description:
    words = row.last_error or "…"
    sentence = _("It could not be sent: %(words)s", words=FAILURES.get(words.partition(":")[0], words))
    return "bad", "x-circle", REMINDER_STATUSES[Status.FAILED], sentence


def _skipped(row: Reminder, now: datetime) -> Description:
    reason = SKIP_REASONS.get(row.last_error or "", row.last_error or "…")
    planned = named_moment(row.scheduled_send_at)
    sentence = _("Not sent, because %(reason)s. It was planned for %(when)s.", reason=reason, when=planned)
    return "mute", "slash-circle", REMINDER_STATUSES[Status.SKIPPED], sentence


DESCRIPTIONS = {
    Status.PENDING: _pending,
    Status.SENDING: _sending,
    Status.SENT: _sent,
    Status.FAILED: _failed,
    Status.SKIPPED: _skipped,
}
