"""What the core knows of a record that a colleague can cover, whatever its table calls its columns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Mapped

from coverage_app.extensions import Model
from coverage_app.models.base import Record, Versioned

if TYPE_CHECKING:
    from coverage_app.models.contact import Contact
    from coverage_app.models.user import User


class Covered(Record, Versioned, Model):
    """Calls, tasks, pipeline stages and opportunities.

    docs/contract.md fixes the columns' names, which differ from table to table. Forms, the API and the history speak
    of those; the core says ``responsible_id``, ``cover_id`` and ``contact_id``, synonyms that each model declares.
    """

    __abstract__ = True

    if TYPE_CHECKING:  # an annotation that SQLAlchemy could see would become a column
        responsible_id: Mapped[UUID]
        cover_id: Mapped[UUID | None]
        contact_id: Mapped[UUID | None]
        responsible: Mapped[User]
        cover: Mapped[User | None]
        contact: Mapped[Contact | None]

    @property
    def own_name(self) -> str | None:
        """What people call this record, or None for one that is called after what it belongs to or is about."""
        return None

    def settle(self, now: datetime) -> None:
        """Make columns that say the same agree, after a change at ``now``."""
