"""Chores."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chore = sa.Enum("home", "unlock", "reset", name="chore", native_enum=False, create_constraint=True, length=32)
    state = sa.Enum(
        "asked", "begun", "done", "unconfirmed", "missed", name="chorestate", native_enum=False,
        create_constraint=True, length=32,
    )  # fmt: skip
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chore", chore, nullable=True))
        batch_op.add_column(sa.Column("chore_state", state, nullable=True))
        batch_op.add_column(sa.Column("chore_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_machine_chorestate"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_machine_chore"), type_="check")
        batch_op.drop_column("chore_at")
        batch_op.drop_column("chore_state")
        batch_op.drop_column("chore")
