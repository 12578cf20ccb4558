"""Keep the file of an import in parts, and by whose save a reminder was made

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PART = 1024 * 1024  # bytes
MOST_PARTS = 20  # no file was larger


def upgrade():
    op.create_table(
        "import_parts",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_parts_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_parts")),
    )
    for number in range(MOST_PARTS):
        op.execute(
            "INSERT INTO import_parts (import_id, number, data)"
            f" SELECT id, {number}, substr(file, {number * PART + 1}, {PART}) FROM imports"
            f" WHERE length(file) > {number * PART}"
        )
    op.drop_column("imports", "file")
    # Without a foreign key: SQLite would write the whole table anew for it.
    op.add_column("notification_schedules", sa.Column("created_by_user_id", sa.Uuid(), nullable=True))


def downgrade():
    op.drop_column("notification_schedules", "created_by_user_id")
    op.add_column("imports", sa.Column("file", sa.LargeBinary(), nullable=False, server_default=""))
    connection = op.get_bind()
    imports = sa.table("imports", sa.column("id", sa.Uuid()), sa.column("file", sa.LargeBinary()))
    parts = sa.table(
        "import_parts",
        sa.column("import_id", sa.Uuid()),
        sa.column("number", sa.Integer()),
        sa.column("data", sa.LargeBinary()),
    )
    for import_id in connection.scalars(sa.select(imports.c.id)).all():
        mine = sa.select(parts.c.data).where(parts.c.import_id == import_id).order_by(parts.c.number)
        file = b"".join(connection.scalars(mine))
        connection.execute(sa.update(imports).where(imports.c.id == import_id).values(file=file))
    op.drop_table("import_parts")
