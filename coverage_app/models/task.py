"""Something to be done by a date, about a contact or about nobody in particular."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from coverage_app.models.base import UtcDateTime
from coverage_app.models.contact import Contact
from coverage_app.models.covered import Covered
from coverage_app.models.user import User

OPEN = text("completed_at IS NULL")


class Task(Covered):
    """``is_completed`` and ``completed_at`` say the same; ``entity_id`` is the contact, as in a call."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("coverage_user_id <> responsible_user_id", name="cover_is_another"),
        CheckConstraint("is_completed = (completed_at IS NOT NULL)", name="completed_at_its_time"),
        Index("ix_tasks_complete_till_id", "complete_till", "id"),
        # What the list shows first, however many have been done before.
        Index("ix_tasks_open_complete_till_id", "complete_till", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_tasks_created_at_id", "created_at", "id"),
    )

    text: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    responsible_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    coverage_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    complete_till: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    responsible_id: Mapped[UUID] = synonym("responsible_user_id")
    cover_id: Mapped[UUID | None] = synonym("coverage_user_id")
    contact_id: Mapped[UUID | None] = synonym("entity_id")
    contact: Mapped[Contact | None] = relationship(lazy="raise_on_sql")
    responsible: Mapped[User] = relationship(foreign_keys=[responsible_user_id], lazy="raise_on_sql")
    cover: Mapped[User | None] = relationship(foreign_keys=[coverage_user_id], lazy="raise_on_sql")

    @property
    def own_name(self) -> str:
        return self.text

    def settle(self, now: datetime) -> None:
        if self.is_completed != (self.completed_at is not None):
            self.completed_at = now if self.is_completed else None
