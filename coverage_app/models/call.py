"""A call with a contact, and up to two promises made in it: the next call and the next action."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from coverage_app.models.base import UtcDateTime
from coverage_app.models.contact import Contact
from coverage_app.models.covered import Covered
from coverage_app.models.user import User


class Call(Covered):
    """``entity_id`` is the contact, as the original specification names it."""

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("coverage_user_id <> responsible_user_id", name="cover_is_another"),
        Index("ix_calls_called_at_id", "called_at", "id"),
        Index("ix_calls_proxima_llamada_fecha_id", "proxima_llamada_fecha", "id"),
        Index("ix_calls_created_at_id", "created_at", "id"),
    )

    entity_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    responsible_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    coverage_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    proxima_llamada_fecha: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proxima_llamada_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proxima_accion_fecha: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proxima_accion_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proxima_accion: Mapped[str | None] = mapped_column(String(200))
    direction: Mapped[str] = mapped_column(String(3), default="out", info={"choices": ("in", "out")})
    phone: Mapped[str | None] = mapped_column(String(40))
    duration: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    called_at: Mapped[datetime] = mapped_column(UtcDateTime)

    responsible_id: Mapped[UUID] = synonym("responsible_user_id")
    cover_id: Mapped[UUID | None] = synonym("coverage_user_id")
    contact_id: Mapped[UUID] = synonym("entity_id")
    contact: Mapped[Contact] = relationship(lazy="raise_on_sql")
    responsible: Mapped[User] = relationship(foreign_keys=[responsible_user_id], lazy="raise_on_sql")
    cover: Mapped[User | None] = relationship(foreign_keys=[coverage_user_id], lazy="raise_on_sql")
