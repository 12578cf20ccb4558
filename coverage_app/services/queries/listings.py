"""The lists of contacts, calls, tasks, opportunities and pipeline stages, declared."""

from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from coverage_app.enums import OpportunityStatus, StageName
from coverage_app.extensions import db
from coverage_app.models import Call, Contact, LeadOpportunity, PipelineStage, Task
from coverage_app.services.queries.list_query import Listing, State
from coverage_app.services.queries.paging import Order

# A stage is about a contact of its own, or about that of its opportunity.
OpportunityContact = aliased(Contact)
OF_CALL = (contains_eager(Call.contact), joinedload(Call.responsible), joinedload(Call.cover))
OF_TASK = (contains_eager(Task.contact), joinedload(Task.responsible), joinedload(Task.cover))
OF_OPPORTUNITY = (
    contains_eager(LeadOpportunity.contact),
    joinedload(LeadOpportunity.responsible),
    joinedload(LeadOpportunity.cover),
)
OF_STAGE = (
    contains_eager(PipelineStage.contact),
    contains_eager(PipelineStage.opportunity).contains_eager(LeadOpportunity.contact.of_type(OpportunityContact)),
    joinedload(PipelineStage.responsible),
    joinedload(PipelineStage.cover),
)

CALL_OPEN = or_(
    and_(Call.proxima_llamada_fecha.is_not(None), Call.proxima_llamada_done_at.is_(None)),
    and_(Call.proxima_accion_fecha.is_not(None), Call.proxima_accion_done_at.is_(None)),
)
CALL_DONE = or_(Call.proxima_llamada_done_at.is_not(None), Call.proxima_accion_done_at.is_not(None))
STAGE_DUE = or_(PipelineStage.next_action_due_date.is_not(None), PipelineStage.next_action_type.is_not(None))

CONTACTS = Listing(
    query=select(Contact),
    orders={
        "name": Order(Contact.name, Contact.id),
        "name_last": Order(Contact.name, Contact.id, newest_first=True),
        "added": Order(Contact.created_at, Contact.id, newest_first=True),
    },
    texts=[Contact.name, Contact.email, Contact.note],
    phones=[Contact.phone],
)
CALLS = Listing(
    query=select(Call).join(Call.contact).options(*OF_CALL),
    orders={
        "newest": Order(Call.called_at, Call.id, newest_first=True),
        "oldest": Order(Call.called_at, Call.id),
        "next_call": Order(Call.proxima_llamada_fecha, Call.id),
        "next_call_last": Order(Call.proxima_llamada_fecha, Call.id, newest_first=True),
    },
    texts=[Contact.name, Call.result, Call.note, Call.proxima_accion],
    phones=[Call.phone, Contact.phone],
    states={State.OPEN: CALL_OPEN, State.DONE: and_(CALL_DONE, ~CALL_OPEN)},
    owner=Call.responsible_user_id,
    cover=Call.coverage_user_id,
    when=Call.called_at,
    contacts=(Call.entity_id,),
)
TASKS = Listing(
    query=select(Task).outerjoin(Task.contact).options(*OF_TASK),
    orders={
        "due": Order(Task.complete_till, Task.id),
        "due_last": Order(Task.complete_till, Task.id, newest_first=True),
        "added": Order(Task.created_at, Task.id, newest_first=True),
    },
    texts=[Task.text, Contact.name],
    phones=[Contact.phone],
    usual=State.OPEN,
    states={State.OPEN: Task.completed_at.is_(None), State.DONE: Task.completed_at.is_not(None)},
    owner=Task.responsible_user_id,
    cover=Task.coverage_user_id,
    when=Task.complete_till,
    contacts=(Task.entity_id,),
)
OPPORTUNITIES = Listing(
    query=select(LeadOpportunity).outerjoin(LeadOpportunity.contact).options(*OF_OPPORTUNITY),
    orders={
        "due": Order(LeadOpportunity.next_follow_up_date, LeadOpportunity.id),
        "due_last": Order(LeadOpportunity.next_follow_up_date, LeadOpportunity.id, newest_first=True),
        "name": Order(LeadOpportunity.name, LeadOpportunity.id),
        "added": Order(LeadOpportunity.created_at, LeadOpportunity.id, newest_first=True),
    },
    texts=[LeadOpportunity.name, Contact.name],
    phones=[Contact.phone],
    states={
        State.OPEN: and_(
            LeadOpportunity.next_follow_up_date.is_not(None),
            LeadOpportunity.next_follow_up_done_at.is_(None),
            LeadOpportunity.closed_at.is_(None),
        ),
        State.DONE: or_(LeadOpportunity.next_follow_up_done_at.is_not(None), LeadOpportunity.closed_at.is_not(None)),
    },
    word=LeadOpportunity.status,
    words=tuple(OpportunityStatus),
    owner=LeadOpportunity.assigned_to_id,
    cover=LeadOpportunity.coverage_user_id,
    when=LeadOpportunity.next_follow_up_date,
    contacts=(LeadOpportunity.contact_id,),
)
STAGES = Listing(
    query=select(PipelineStage)
    .outerjoin(PipelineStage.contact)
    .outerjoin(PipelineStage.opportunity)
    .outerjoin(LeadOpportunity.contact.of_type(OpportunityContact))
    .options(*OF_STAGE),
    orders={
        "due": Order(PipelineStage.next_action_due_date, PipelineStage.id),
        "due_last": Order(PipelineStage.next_action_due_date, PipelineStage.id, newest_first=True),
        "added": Order(PipelineStage.created_at, PipelineStage.id, newest_first=True),
    },
    texts=[
        LeadOpportunity.name,
        Contact.name,
        OpportunityContact.name,
        PipelineStage.next_action_type,
        PipelineStage.next_action_description,
    ],
    phones=[Contact.phone, OpportunityContact.phone],
    states={
        State.OPEN: and_(STAGE_DUE, PipelineStage.next_action_done_at.is_(None)),
        State.DONE: PipelineStage.next_action_done_at.is_not(None),
    },
    word=PipelineStage.stage_name,
    words=tuple(StageName),
    owner=PipelineStage.next_action_responsible_id,
    cover=PipelineStage.next_action_coverage_user_id,
    when=PipelineStage.next_action_due_date,
    contacts=(PipelineStage.contact_id, LeadOpportunity.contact_id),
)


def stage_of(opportunity_id: UUID) -> PipelineStage | None:
    """Return the pipeline stage of an opportunity, or None when it has none."""
    stage: PipelineStage | None = db.session.scalar(STAGES.query.where(PipelineStage.opportunity_id == opportunity_id))
    return stage
