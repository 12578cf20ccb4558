"""A filter of the dashboard that somebody keeps under a name."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.extensions import Model
from coverage_app.models.base import Record


class SavedFilter(Record, Model):
    """``values`` are the parts of an address that make the filter, as text by name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
