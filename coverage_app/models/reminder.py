"""A reminder: one e-mail, for one follow-up, at one lead time, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coverage_app.enums import Status
from coverage_app.extensions import Model
from coverage_app.models.base import Leased, UtcDateTime
from coverage_app.models.user import User

# Literals, not parameters: SQLite uses a partial index only for the very same text.
UNSENT, PENDING, SENDING = text("sent = false"), text("status = 'pending'"), text("status = 'sending'")
FAILED = text("status = 'failed'")
# Ended without a mail; its ``updated_at`` is when. For accepted mails a comparison of ``sent_at`` is enough.
UNSENT_END, ACCEPTED = text("status IN ('failed', 'skipped')"), text("sent_at IS NOT NULL")


class Reminder(Leased, Model):
    """No foreign key to the entity: what was sent is history, and outlives it.

    ``scheduled_send_at`` never changes; ``next_attempt_at`` is when the row next becomes due. ``created_by_user_id`` is
    who saved the record that it follows from, if that was a save of one record. ``erased_at`` is when ``subject`` and
    ``message_body`` were erased for ever: nobody writes them again.
    """

    __tablename__ = "notification_schedules"
    __table_args__ = (
        UniqueConstraint(
            "entity_type",
            "entity_id",
            "event_kind",
            "event_due_date",
            "coverage_user_id",
            "notification_type",
            name="uq_notification_schedules_reminder",
        ),
        CheckConstraint("status IN ('pending', 'sending', 'sent', 'failed', 'skipped')", name="status"),
        CheckConstraint("sent = (status = 'sent')", name="sent_is_status"),
        Index(
            "idx_notification_schedules_scheduled_send_at",
            "scheduled_send_at",
            sqlite_where=UNSENT,
            postgresql_where=UNSENT,
        ),
        Index("idx_notification_schedules_coverage_user_id", "coverage_user_id"),
        Index("idx_notification_schedules_entity", "entity_type", "entity_id"),
        Index("ix_notification_schedules_due", "next_attempt_at", sqlite_where=PENDING, postgresql_where=PENDING),
        Index("ix_notification_schedules_claimed", "claimed_at", sqlite_where=SENDING, postgresql_where=SENDING),
        Index("ix_notification_schedules_failed", "event_due_date", sqlite_where=FAILED, postgresql_where=FAILED),
        Index(
            "ix_notification_schedules_sent_at",
            "sent_at",
            "scheduled_send_at",
            sqlite_where=ACCEPTED,
            postgresql_where=ACCEPTED,
        ),
        Index(
            "ix_notification_schedules_unsent_end",
            "status",
            "updated_at",
            sqlite_where=UNSENT_END,
            postgresql_where=UNSENT_END,
        ),
        Index("ix_notification_schedules_status_send_at", "status", "scheduled_send_at", "id"),
        Index("ix_notification_schedules_send_at_id", "scheduled_send_at", "id"),
    )

    entity_type: Mapped[str] = mapped_column(String(20))
    entity_id: Mapped[UUID]
    event_kind: Mapped[str] = mapped_column(String(30))
    coverage_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    event_due_date: Mapped[datetime] = mapped_column(UtcDateTime)
    notification_type: Mapped[str] = mapped_column(String(40))
    scheduled_send_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(10), default=Status.PENDING)
    sent: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    subject: Mapped[str | None] = mapped_column(String(400))
    message_body: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_by_user_id: Mapped[UUID | None]
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    recipient: Mapped[User] = relationship(lazy="raise_on_sql")
