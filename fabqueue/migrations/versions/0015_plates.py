"""Plates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("run_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alone_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alone_milligrams", sa.Integer(), nullable=True))

    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.drop_column("parts")

    with op.batch_alter_table("run_item", schema=None) as batch_op:
        batch_op.drop_column("alone_milligrams")
        batch_op.drop_column("alone_seconds")
