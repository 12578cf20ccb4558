"""The lists that pickers offer."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Row, and_, or_, select

from coverage_app.enums import OpportunityStatus
from coverage_app.extensions import db
from coverage_app.models import Contact, LeadOpportunity, PipelineStage, User


def colleagues(also: Iterable[UUID]) -> Sequence[Row[UUID, str, bool]]:
    """Id, name and whether active: everybody who can be chosen, and those of ``also`` whatever their state."""
    chosen = select(User.id, User.name, User.is_active).where(or_(User.is_active, User.id.in_(list(also))))
    return db.session.execute(chosen.order_by(User.name, User.id)).all()


def everybody() -> Sequence[Row[UUID, str, bool]]:
    """Id, name and whether active, of everybody there ever was."""
    return db.session.execute(select(User.id, User.name, User.is_active).order_by(User.name, User.id)).all()


def waiting_opportunities(also: UUID | None) -> Sequence[Row[UUID, str, str | None]]:
    """Id, name and contact's name of the open opportunities that are not in the pipeline yet, and of ``also``."""
    elsewhere = select(PipelineStage.id).where(PipelineStage.opportunity_id == LeadOpportunity.id).exists()
    waiting = and_(LeadOpportunity.status == OpportunityStatus.OPEN, ~elsewhere)
    chosen = (
        select(LeadOpportunity.id, LeadOpportunity.name, Contact.name.label("contact_name"))
        .outerjoin(LeadOpportunity.contact)
        .where(or_(waiting, LeadOpportunity.id == also))
    )
    return db.session.execute(chosen.order_by(LeadOpportunity.name, LeadOpportunity.id)).all()


def contacts() -> Sequence[Row[UUID, str, str | None]]:
    """Id, name and telephone of every contact, by name."""
    return db.session.execute(select(Contact.id, Contact.name, Contact.phone).order_by(Contact.name, Contact.id)).all()
