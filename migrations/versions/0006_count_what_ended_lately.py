"""Count what ended lately: mails accepted, reminders that ended without one, sign-ins to be forgotten

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACCEPTED = sa.text("sent_at IS NOT NULL")
UNSENT_END = sa.text("status IN ('failed', 'skipped')")


def upgrade():
    op.create_index(
        "ix_notification_schedules_sent_at",
        "notification_schedules",
        ["sent_at", "scheduled_send_at"],
        unique=False,
        sqlite_where=ACCEPTED,
        postgresql_where=ACCEPTED,
    )
    op.create_index(
        "ix_notification_schedules_unsent_end",
        "notification_schedules",
        ["status", "updated_at"],
        unique=False,
        sqlite_where=UNSENT_END,
        postgresql_where=UNSENT_END,
    )
    op.create_index("ix_sign_ins_created_at", "sign_ins", ["created_at"], unique=False)


def downgrade():
    op.drop_index("ix_sign_ins_created_at", table_name="sign_ins")
    op.drop_index("ix_notification_schedules_unsent_end", table_name="notification_schedules")
    op.drop_index("ix_notification_schedules_sent_at", table_name="notification_schedules")
