"""The engine's pulse, kept in the database so that it lives when Redis does not."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.extensions import Model
from coverage_app.models.base import UtcDateTime


class Heartbeat(Model):
    """``last_error`` is why a worker holds mail back (server unreachable, log-in refused …), in the server's words;
    ``clock_offset`` the seconds by which its machine's clock is ahead of the database's."""

    __tablename__ = "heartbeats"

    process_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    clock_offset: Mapped[float | None]
