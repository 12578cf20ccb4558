"""Name the idempotency keys, the messages of an import's lines and a process's last error by the field's terms

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = (("import_chunks", "told", "messages"), ("heartbeats", "trouble", "last_error"))


def upgrade():
    _rename_table("first_answers", "idempotency_keys")
    for table, old, new in COLUMNS:
        _rename_column(table, old, new)


def downgrade():
    for table, old, new in COLUMNS:
        _rename_column(table, new, old)
    _rename_table("idempotency_keys", "first_answers")


def _rename_table(old, new):
    """Names of constraints and indexes follow their table's; SQLite keeps those of constraints within the table."""
    op.drop_index(f"ix_{old}_created_at", table_name=old)
    op.rename_table(old, new)
    if op.get_bind().dialect.name == "postgresql":
        for name in (f"pk_{old}", f"uq_{old}_user_id_key", f"fk_{old}_user_id_users"):
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {name} TO {name.replace(old, new)}")
    else:
        with op.batch_alter_table(new) as batch:
            batch.drop_constraint(f"uq_{old}_user_id_key", type_="unique")
            batch.create_unique_constraint(f"uq_{new}_user_id_key", ["user_id", "key"])
    op.create_index(f"ix_{new}_created_at", new, ["created_at"])


def _rename_column(table, old, new):
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
