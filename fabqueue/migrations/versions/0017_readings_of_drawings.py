"""Readings of drawings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reading", sa.String(), server_default="", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_report_sha256_units_analyser"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_report_sha256_units_analyser_reading"), ["sha256", "units", "analyser", "reading"]
        )

    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "reading", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="{}", nullable=False
            )
        )


def downgrade() -> None:
    # of reports that differ only in how a drawing was read, those stay that were read as usual
    op.execute("UPDATE revision SET report_id = NULL, state = 'pending' WHERE report_id IN "
               "(SELECT id FROM report WHERE reading <> '')")  # fmt: skip
    op.execute("DELETE FROM estimate WHERE report_id IN (SELECT id FROM report WHERE reading <> '')")
    op.execute("DELETE FROM report WHERE reading <> ''")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_column("reading")

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_report_sha256_units_analyser_reading"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_report_sha256_units_analyser"), ["sha256", "units", "analyser"]
        )
        batch_op.drop_column("reading")
