"""A driver is a file: the database takes the name of any."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_machine_driverkind"), type_="check")


def downgrade() -> None:
    op.execute("UPDATE machine SET driver = 'manual' WHERE driver NOT IN ('octoprint', 'manual')")
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_machine_driverkind"), sa.column("driver").in_(["octoprint", "manual"])
        )
