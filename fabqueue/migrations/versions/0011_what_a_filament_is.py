"""What a filament is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filament_type", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("colour_hex", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("density_g_cm3", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("diameter_mm", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.drop_column("diameter_mm")
        batch_op.drop_column("density_g_cm3")
        batch_op.drop_column("colour_hex")
        batch_op.drop_column("filament_type")
