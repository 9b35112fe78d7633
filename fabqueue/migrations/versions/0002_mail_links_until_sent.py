"""People who asked for a link by mail are remembered until it is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_mail_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("link_mail_attempts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("link_mail_attempts")
        batch_op.drop_column("link_mail_at")
