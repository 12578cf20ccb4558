"""Make the tables

Revision ID: 0001
Revises:
Create Date: 2026-11-23 06:24:13.195747
"""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "contacts",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_name_id", ["name", "id"], unique=False)

    op.create_table(
        "heartbeats",
        sa.Column("process_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'staff')", name=op.f("ck_users_role")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "calls",
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("responsible_user_id", sa.Uuid(), nullable=False),
        sa.Column("coverage_user_id", sa.Uuid(), nullable=True),
        sa.Column("proxima_llamada_fecha", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proxima_llamada_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proxima_accion_fecha", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proxima_accion_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proxima_accion", sa.String(length=200), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_calls_direction")),
        sa.CheckConstraint("coverage_user_id <> responsible_user_id", name=op.f("ck_calls_cover_is_another")),
        sa.ForeignKeyConstraint(["coverage_user_id"], ["users.id"], name=op.f("fk_calls_coverage_user_id_users")),
        sa.ForeignKeyConstraint(["entity_id"], ["contacts.id"], name=op.f("fk_calls_entity_id_contacts")),
        sa.ForeignKeyConstraint(["responsible_user_id"], ["users.id"], name=op.f("fk_calls_responsible_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("ix_calls_called_at_id", ["called_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_entity_id"), ["entity_id"], unique=False)

    op.create_table(
        "follow_ups",
        sa.Column("entity_type", sa.String(length=20), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("event_kind", sa.String(length=30), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responsible_user_id", sa.Uuid(), nullable=False),
        sa.Column("coverage_user_id", sa.Uuid(), nullable=True),
        sa.Column("coverage_source", sa.String(length=10), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_follow_ups_contact_id_contacts")),
        sa.ForeignKeyConstraint(["coverage_user_id"], ["users.id"], name=op.f("fk_follow_ups_coverage_user_id_users")),
        sa.ForeignKeyConstraint(
            ["responsible_user_id"], ["users.id"], name=op.f("fk_follow_ups_responsible_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint(
            "entity_type", "entity_id", "event_kind", name=op.f("uq_follow_ups_entity_type_entity_id_event_kind")
        ),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follow_ups_open_cover",
            ["coverage_user_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "ix_follow_ups_open_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "ix_follow_ups_open_owner",
            ["responsible_user_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "notification_schedules",
        sa.Column("entity_type", sa.String(length=20), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("event_kind", sa.String(length=30), nullable=False),
        sa.Column("coverage_user_id", sa.Uuid(), nullable=False),
        sa.Column("event_due_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notification_type", sa.String(length=40), nullable=False),
        sa.Column("scheduled_send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(length=400), nullable=True),
        sa.Column("message_body", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sent = (status = 'sent')", name=op.f("ck_notification_schedules_sent_is_status")),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'failed', 'skipped')",
            name=op.f("ck_notification_schedules_status"),
        ),
        sa.ForeignKeyConstraint(
            ["coverage_user_id"], ["users.id"], name=op.f("fk_notification_schedules_coverage_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_schedules")),
        sa.UniqueConstraint(
            "entity_type",
            "entity_id",
            "event_kind",
            "event_due_date",
            "coverage_user_id",
            "notification_type",
            name="uq_notification_schedules_reminder",
        ),
    )
    with op.batch_alter_table("notification_schedules", schema=None) as batch_op:
        batch_op.create_index("idx_notification_schedules_coverage_user_id", ["coverage_user_id"], unique=False)
        batch_op.create_index("idx_notification_schedules_entity", ["entity_type", "entity_id"], unique=False)
        batch_op.create_index(
            "idx_notification_schedules_scheduled_send_at",
            ["scheduled_send_at"],
            unique=False,
            sqlite_where=sa.text("sent = false"),
            postgresql_where=sa.text("sent = false"),
        )
        batch_op.create_index(
            "ix_notification_schedules_claimed",
            ["claimed_at"],
            unique=False,
            sqlite_where=sa.text("status = 'sending'"),
            postgresql_where=sa.text("status = 'sending'"),
        )
        batch_op.create_index(
            "ix_notification_schedules_due",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index("ix_notification_schedules_send_at_id", ["scheduled_send_at", "id"], unique=False)
        batch_op.create_index(
            "ix_notification_schedules_status_send_at", ["status", "scheduled_send_at", "id"], unique=False
        )

    op.create_table(
        "sign_ins",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)


def downgrade():
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_user_id"))

    op.drop_table("sign_ins")
    with op.batch_alter_table("notification_schedules", schema=None) as batch_op:
        batch_op.drop_index("ix_notification_schedules_status_send_at")
        batch_op.drop_index("ix_notification_schedules_send_at_id")
        batch_op.drop_index(
            "ix_notification_schedules_due",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index(
            "ix_notification_schedules_claimed",
            sqlite_where=sa.text("status = 'sending'"),
            postgresql_where=sa.text("status = 'sending'"),
        )
        batch_op.drop_index(
            "idx_notification_schedules_scheduled_send_at",
            sqlite_where=sa.text("sent = false"),
            postgresql_where=sa.text("sent = false"),
        )
        batch_op.drop_index("idx_notification_schedules_entity")
        batch_op.drop_index("idx_notification_schedules_coverage_user_id")

    op.drop_table("notification_schedules")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_follow_ups_open_owner",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_follow_ups_open_due",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_follow_ups_open_cover",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.drop_table("follow_ups")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_entity_id"))
        batch_op.drop_index("ix_calls_called_at_id")

    op.drop_table("calls")
    op.drop_table("users")
    op.drop_table("heartbeats")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_name_id")

    op.drop_table("contacts")
