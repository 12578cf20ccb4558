"""Mark what was erased for ever

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("changes", "notification_schedules"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    for table in ("changes", "notification_schedules"):
        op.drop_column(table, "erased_at")
