"""What settled a notice: somebody decided the thing that it asks for, or it is over by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("over_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index(batch_op.f("ix_notice_event_seq"), ["event_seq"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_notice_over_seq_event"), "event", ["over_seq"], ["seq"])


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notice_over_seq_event"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_notice_event_seq"))
        batch_op.drop_column("over_seq")
