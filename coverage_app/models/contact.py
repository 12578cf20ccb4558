"""The clients whom calls, tasks and opportunities are about."""

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.extensions import Model
from coverage_app.models.base import Record, Versioned


class Contact(Record, Versioned, Model):
    __tablename__ = "contacts"
    __table_args__ = (
        Index("ix_contacts_name_id", "name", "id"),
        Index("ix_contacts_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)
