"""One signed-in browser. Deleting the row ends it, also for a copied cookie."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.extensions import Model
from coverage_app.models.base import Record


class SignIn(Record, Model):
    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_created_at", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
