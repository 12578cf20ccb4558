"""History: who changed what and when, from which value to which. Written with the change, never edited."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coverage_app.extensions import Model
from coverage_app.models.base import UtcDateTime
from coverage_app.models.user import User


class AuditEntry(Model):
    """``values`` maps a column to [before, after] as JSON (times as ISO 8601 in UTC, ids as text).

    ``subject`` is what the record was called then; no foreign key to it, for history outlives it.
    ``responsible_user_id`` is whose record it was, ``by_user_id`` who acted: None for a command at the server.
    Ids grow with time, so that two changes of one second stay in their order.
    ``erased_at`` is when its texts (``subject``, ``values``, ``note``) were erased for ever.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_entity", "entity_type", "entity_id", "at", "id"),
        Index("ix_changes_at_id", "at", "id"),
        Index("ix_changes_by_at_id", "by_user_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    entity_type: Mapped[str] = mapped_column(String(20))
    entity_id: Mapped[UUID]
    action: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200))
    by_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    responsible_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    by: Mapped[User | None] = relationship(foreign_keys=[by_user_id], lazy="raise_on_sql")
    responsible: Mapped[User | None] = relationship(foreign_keys=[responsible_user_id], lazy="raise_on_sql")
