"""A file of many new records on its way in, and what was found in each of its lines."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coverage_app.enums import ImportState
from coverage_app.extensions import Model
from coverage_app.models.base import Leased
from coverage_app.models.user import User

MOVING = text("state IN ('waiting', 'checking', 'writing')")


class Import(Leased, Model):
    """``kind`` is the entity type of its records, ``name`` the file's; ``timezone`` is that of its local times.

    ``lines`` counts them once they are counted, ``checked`` and ``written`` how many are behind it, ``refused``
    those that cannot be written. ``problem`` is why the whole failed, in the language of its owner.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'checking', 'checked', 'writing', 'written', 'failed', 'discarded')", name="state"
        ),
        CheckConstraint("kind IN ('call', 'task')", name="kind"),
        Index("ix_imports_moving", "created_at", sqlite_where=MOVING, postgresql_where=MOVING),
        Index("ix_imports_user_id_created_at", "user_id", "created_at"),
        Index("ix_imports_updated_at", "updated_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=ImportState.WAITING)
    lines: Mapped[int | None]
    checked: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(Text)

    owner: Mapped[User] = relationship(lazy="raise_on_sql")


class ImportPart(Model):
    """Some bytes of an import's file: together, by ``number``, they are the whole of it. None are left of one that was
    discarded."""

    __tablename__ = "import_parts"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportChunk(Model):
    """Some lines that were checked together. ``values`` holds, of each that may be written, [its number in the file,
    {column: value as JSON}]; ``messages`` what there is to say of lines: {line, column, sentence, refused}."""

    __tablename__ = "import_chunks"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[list[Any]] = mapped_column(JSON)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
