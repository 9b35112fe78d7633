"""Who armed a laser's run and until when it may start, what is known of its beam, PINs, and screens that arm."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "beam",
                sa.Enum(
                    "asked", "off", "unconfirmed", name="beam", native_enum=False, create_constraint=True, length=32
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("beam_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pin_hash", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("pin_misses", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("pin_locked_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("armed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("armed_by_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("frame_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("framed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("back_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("present_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("absent_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_run_armed_by_id_person"), "person", ["armed_by_id"], ["id"])

    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.add_column(sa.Column("arms", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.drop_column("arms")

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_run_armed_by_id_person"), type_="foreignkey")
        batch_op.drop_column("absent_told_at")
        batch_op.drop_column("present_at")
        batch_op.drop_column("back_asked_at")
        batch_op.drop_column("framed_at")
        batch_op.drop_column("frame_asked_at")
        batch_op.drop_column("armed_by_id")
        batch_op.drop_column("armed_until")
        batch_op.drop_column("armed_at")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("pin_locked_until")
        batch_op.drop_column("pin_misses")
        batch_op.drop_column("pin_hash")

    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_machine_beam"), type_="check")
        batch_op.drop_column("beam_at")
        batch_op.drop_column("beam")
