"""Handover notes, causes of failures and who pays, requests that gather jobs, stock that was told to run low."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_note",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_handover_note_by_id_person")),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_handover_note_done_by_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_handover_note_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_note")),
    )
    with op.batch_alter_table("handover_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_note_site_id"), ["site_id"], unique=False)

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_gathering", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("at_fault", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("low_told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.drop_column("low_told_at")

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("at_fault")
        batch_op.drop_column("cause")

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_column("is_gathering")

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_column("reason")

    with op.batch_alter_table("handover_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_note_site_id"))

    op.drop_table("handover_note")
