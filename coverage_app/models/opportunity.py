"""A piece of work that a contact may give the firm, followed up until it is won or lost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from coverage_app.enums import OpportunityStatus
from coverage_app.models.base import UtcDateTime
from coverage_app.models.contact import Contact
from coverage_app.models.covered import Covered
from coverage_app.models.user import User


class LeadOpportunity(Covered):
    """``closed_at`` is when it was won or lost: from then on its follow-up counts as done."""

    __tablename__ = "lead_opportunities"
    __table_args__ = (
        CheckConstraint("coverage_user_id <> assigned_to_id", name="cover_is_another"),
        CheckConstraint("status IN ('open', 'won', 'lost')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_at_its_time"),
        Index("ix_lead_opportunities_next_follow_up_date_id", "next_follow_up_date", "id"),
        Index("ix_lead_opportunities_status_due", "status", "next_follow_up_date", "id"),
        Index("ix_lead_opportunities_name_id", "name", "id"),
        Index("ix_lead_opportunities_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    status: Mapped[str] = mapped_column(
        String(10), default=OpportunityStatus.OPEN, info={"choices": tuple(OpportunityStatus)}
    )
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_to_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    coverage_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    next_follow_up_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_follow_up_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    responsible_id: Mapped[UUID] = synonym("assigned_to_id")
    cover_id: Mapped[UUID | None] = synonym("coverage_user_id")
    contact: Mapped[Contact | None] = relationship(lazy="raise_on_sql")
    responsible: Mapped[User] = relationship(foreign_keys=[assigned_to_id], lazy="raise_on_sql")
    cover: Mapped[User | None] = relationship(foreign_keys=[coverage_user_id], lazy="raise_on_sql")

    @property
    def own_name(self) -> str:
        return self.name

    def settle(self, now: datetime) -> None:
        is_open = self.status == OpportunityStatus.OPEN
        if is_open != (self.closed_at is None):
            self.closed_at = None if is_open else now
