"""Keep filters by name; find open follow-ups by kind, and reminders that failed

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-23 07:25:00
"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL")
FAILED = sa.text("status = 'failed'")


def upgrade():
    op.create_table(
        "saved_filters",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_filters_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_filters_user_id_name")),
    )
    op.create_index(
        "ix_follow_ups_open_kind",
        "follow_ups",
        ["event_kind", "due_at", "id"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_notification_schedules_failed",
        "notification_schedules",
        ["event_due_date"],
        unique=False,
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )


def downgrade():
    op.drop_index("ix_notification_schedules_failed", table_name="notification_schedules")
    op.drop_index("ix_follow_ups_open_kind", table_name="follow_ups")
    op.drop_table("saved_filters")
