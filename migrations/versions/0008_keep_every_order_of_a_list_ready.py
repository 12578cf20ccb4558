"""Keep every order of a list ready, and what is open apart from what was done

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN = sa.text("completed_at IS NULL")
ORDERS = {
    "ix_calls_proxima_llamada_fecha_id": ("calls", ["proxima_llamada_fecha", "id"]),
    "ix_pipeline_stages_next_action_due_date_id": ("pipeline_stages", ["next_action_due_date", "id"]),
    "ix_lead_opportunities_status_due": ("lead_opportunities", ["status", "next_follow_up_date", "id"]),
    "ix_lead_opportunities_name_id": ("lead_opportunities", ["name", "id"]),
}


def upgrade():
    op.create_index(
        "ix_tasks_open_complete_till_id",
        "tasks",
        ["complete_till", "id"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    for name, (table, columns) in ORDERS.items():
        op.create_index(name, table, columns, unique=False)


def downgrade():
    for name, (table, _columns) in ORDERS.items():
        op.drop_index(name, table_name=table)
    op.drop_index("ix_tasks_open_complete_till_id", table_name="tasks")
