"""Let a command at the server make history, too

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.alter_column("by_user_id", existing_type=sa.Uuid(), nullable=True)


def downgrade():
    # What no person did has no place in the older table.
    op.execute("DELETE FROM changes WHERE by_user_id IS NULL")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.alter_column("by_user_id", existing_type=sa.Uuid(), nullable=False)
