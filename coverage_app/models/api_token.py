"""A key with which another program speaks for a person. Only its hash is kept: it is shown once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.extensions import Model
from coverage_app.models.base import Record, UtcDateTime


class ApiToken(Record, Model):
    """``last_used_at`` is written at most hourly: it says whether a token is still in use, not how often.
    From ``expires_at`` on it opens nothing; without one it is good until it is revoked."""

    __tablename__ = "api_tokens"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now
