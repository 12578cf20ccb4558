"""One dated thing that somebody must do. Derived from an entity, the source of nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coverage_app.extensions import Model
from coverage_app.models.base import Record, UtcDateTime
from coverage_app.models.contact import Contact
from coverage_app.models.user import User

OPEN = text("done_at IS NULL")


class FollowUp(Record, Model):
    """A row per date that is set, covered or not, done or not. ``coverage_user_id`` is the effective one."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("entity_type", "entity_id", "event_kind"),
        Index("ix_follow_ups_open_cover", "coverage_user_id", "due_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_follow_ups_open_owner", "responsible_user_id", "due_at", "id", sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_follow_ups_open_due", "due_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_follow_ups_open_kind", "event_kind", "due_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    entity_type: Mapped[str] = mapped_column(String(20))
    entity_id: Mapped[UUID]
    event_kind: Mapped[str] = mapped_column(String(30))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    responsible_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    coverage_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    coverage_source: Mapped[str | None] = mapped_column(String(10))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    title: Mapped[str] = mapped_column(String(200))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    contact: Mapped[Contact | None] = relationship(lazy="raise_on_sql")
    responsible: Mapped[User] = relationship(foreign_keys=[responsible_user_id], lazy="raise_on_sql")
    cover: Mapped[User | None] = relationship(foreign_keys=[coverage_user_id], lazy="raise_on_sql")
