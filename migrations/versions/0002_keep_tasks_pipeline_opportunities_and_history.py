"""Keep tasks, pipeline, opportunities and history

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23 07:07:06.527686
"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entity_type", sa.String(length=20), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=False),
        sa.Column("responsible_user_id", sa.Uuid(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_changes_by_user_id_users")),
        sa.ForeignKeyConstraint(
            ["responsible_user_id"], ["users.id"], name=op.f("fk_changes_responsible_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index("ix_changes_at_id", ["at", "id"], unique=False)
        batch_op.create_index("ix_changes_by_at_id", ["by_user_id", "at", "id"], unique=False)
        batch_op.create_index("ix_changes_entity", ["entity_type", "entity_id", "at", "id"], unique=False)

    op.create_table(
        "lead_opportunities",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to_id", sa.Uuid(), nullable=False),
        sa.Column("coverage_user_id", sa.Uuid(), nullable=True),
        sa.Column("next_follow_up_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_follow_up_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (closed_at IS NULL)", name=op.f("ck_lead_opportunities_closed_at_its_time")
        ),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_lead_opportunities_status")),
        sa.CheckConstraint("coverage_user_id <> assigned_to_id", name=op.f("ck_lead_opportunities_cover_is_another")),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["users.id"], name=op.f("fk_lead_opportunities_assigned_to_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_lead_opportunities_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["coverage_user_id"], ["users.id"], name=op.f("fk_lead_opportunities_coverage_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_opportunities")),
    )
    with op.batch_alter_table("lead_opportunities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_opportunities_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_lead_opportunities_next_follow_up_date_id", ["next_follow_up_date", "id"], unique=False
        )

    op.create_table(
        "tasks",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_user_id", sa.Uuid(), nullable=False),
        sa.Column("coverage_user_id", sa.Uuid(), nullable=True),
        sa.Column("complete_till", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("coverage_user_id <> responsible_user_id", name=op.f("ck_tasks_cover_is_another")),
        sa.CheckConstraint("is_completed = (completed_at IS NOT NULL)", name=op.f("ck_tasks_completed_at_its_time")),
        sa.ForeignKeyConstraint(["coverage_user_id"], ["users.id"], name=op.f("fk_tasks_coverage_user_id_users")),
        sa.ForeignKeyConstraint(["entity_id"], ["contacts.id"], name=op.f("fk_tasks_entity_id_contacts")),
        sa.ForeignKeyConstraint(["responsible_user_id"], ["users.id"], name=op.f("fk_tasks_responsible_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index("ix_tasks_complete_till_id", ["complete_till", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tasks_entity_id"), ["entity_id"], unique=False)

    op.create_table(
        "pipeline_stages",
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("stage_name", sa.String(length=20), nullable=False),
        sa.Column("next_action_type", sa.String(length=120), nullable=True),
        sa.Column("next_action_description", sa.Text(), nullable=True),
        sa.Column("next_action_responsible_id", sa.Uuid(), nullable=False),
        sa.Column("next_action_coverage_user_id", sa.Uuid(), nullable=True),
        sa.Column("next_action_due_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_action_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "stage_name IN ('new', 'contacted', 'meeting', 'proposal', 'contract', 'closed')",
            name=op.f("ck_pipeline_stages_stage_name"),
        ),
        sa.CheckConstraint(
            "next_action_coverage_user_id <> next_action_responsible_id",
            name=op.f("ck_pipeline_stages_cover_is_another"),
        ),
        sa.CheckConstraint(
            "opportunity_id IS NOT NULL OR contact_id IS NOT NULL", name=op.f("ck_pipeline_stages_of_something")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_pipeline_stages_contact_id_contacts")),
        sa.ForeignKeyConstraint(
            ["next_action_coverage_user_id"],
            ["users.id"],
            name=op.f("fk_pipeline_stages_next_action_coverage_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["next_action_responsible_id"],
            ["users.id"],
            name=op.f("fk_pipeline_stages_next_action_responsible_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["lead_opportunities.id"],
            name=op.f("fk_pipeline_stages_opportunity_id_lead_opportunities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_stages")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_pipeline_stages_contact_id")),
        sa.UniqueConstraint("opportunity_id", name=op.f("uq_pipeline_stages_opportunity_id")),
    )
    with op.batch_alter_table("pipeline_stages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pipeline_stages_stage_name_due", ["stage_name", "next_action_due_date", "id"], unique=False
        )


def downgrade():
    with op.batch_alter_table("pipeline_stages", schema=None) as batch_op:
        batch_op.drop_index("ix_pipeline_stages_stage_name_due")

    op.drop_table("pipeline_stages")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tasks_entity_id"))
        batch_op.drop_index("ix_tasks_complete_till_id")

    op.drop_table("tasks")
    with op.batch_alter_table("lead_opportunities", schema=None) as batch_op:
        batch_op.drop_index("ix_lead_opportunities_next_follow_up_date_id")
        batch_op.drop_index(batch_op.f("ix_lead_opportunities_contact_id"))

    op.drop_table("lead_opportunities")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index("ix_changes_entity")
        batch_op.drop_index("ix_changes_by_at_id")
        batch_op.drop_index("ix_changes_at_id")

    op.drop_table("changes")
