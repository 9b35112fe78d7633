"""Left files."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_file",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("machine_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.id"], name=op.f("fk_left_file_machine_id_machine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_left_file")),
    )
    with op.batch_alter_table("left_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_left_file_machine_id"), ["machine_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("left_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_left_file_machine_id"))

    op.drop_table("left_file")
