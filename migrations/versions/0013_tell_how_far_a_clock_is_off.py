"""Let each process tell how far its clock is off the database's

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("heartbeats") as table:
        table.add_column(sa.Column("clock_offset", sa.Double(), nullable=True))


def downgrade():
    with op.batch_alter_table("heartbeats") as table:
        table.drop_column("clock_offset")
