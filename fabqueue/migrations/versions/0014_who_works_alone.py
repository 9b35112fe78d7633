"""What may work while nobody is there, the days on which nobody comes, and the one machine that was asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("machine_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("machine_required", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(batch_op.f("fk_job_machine_id_machine"), "machine", ["machine_id"], ["id"])

    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("works_alone", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("alone_hours", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("alone_materials", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("closed_days", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_column("closed_days")

    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_column("alone_materials")
        batch_op.drop_column("alone_hours")
        batch_op.drop_column("works_alone")

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_job_machine_id_machine"), type_="foreignkey")
        batch_op.drop_column("machine_required")
        batch_op.drop_column("machine_id")
