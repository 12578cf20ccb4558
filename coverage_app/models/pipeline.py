"""The present stage of an opportunity, or of a contact without one, and what is to be done next."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from coverage_app.enums import StageName
from coverage_app.models.base import UtcDateTime
from coverage_app.models.contact import Contact
from coverage_app.models.covered import Covered
from coverage_app.models.opportunity import LeadOpportunity
from coverage_app.models.user import User


class PipelineStage(Covered):
    """One row for each opportunity or contact that is in the pipeline."""

    __tablename__ = "pipeline_stages"
    __table_args__ = (
        CheckConstraint("next_action_coverage_user_id <> next_action_responsible_id", name="cover_is_another"),
        CheckConstraint("opportunity_id IS NOT NULL OR contact_id IS NOT NULL", name="of_something"),
        CheckConstraint(
            "stage_name IN ('new', 'contacted', 'meeting', 'proposal', 'contract', 'closed')", name="stage_name"
        ),
        Index("ix_pipeline_stages_stage_name_due", "stage_name", "next_action_due_date", "id"),
        Index("ix_pipeline_stages_next_action_due_date_id", "next_action_due_date", "id"),
        Index("ix_pipeline_stages_created_at_id", "created_at", "id"),
    )

    opportunity_id: Mapped[UUID | None] = mapped_column(ForeignKey("lead_opportunities.id"), unique=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), unique=True)
    stage_name: Mapped[str] = mapped_column(String(20), default=StageName.NEW, info={"choices": tuple(StageName)})
    next_action_type: Mapped[str | None] = mapped_column(String(120))
    next_action_description: Mapped[str | None] = mapped_column(Text)
    next_action_responsible_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    next_action_coverage_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    next_action_due_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_action_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    responsible_id: Mapped[UUID] = synonym("next_action_responsible_id")
    cover_id: Mapped[UUID | None] = synonym("next_action_coverage_user_id")
    opportunity: Mapped[LeadOpportunity | None] = relationship(lazy="raise_on_sql")
    contact: Mapped[Contact | None] = relationship(lazy="raise_on_sql")
    responsible: Mapped[User] = relationship(foreign_keys=[next_action_responsible_id], lazy="raise_on_sql")
    cover: Mapped[User | None] = relationship(foreign_keys=[next_action_coverage_user_id], lazy="raise_on_sql")

    @property
    def about(self) -> Contact | None:
        """The contact it is about: its own, or that of its opportunity."""
        return self.contact or (self.opportunity.contact if self.opportunity else None)
