"""Sheets as stock, what lasers plan and use of them, and what may go under a beam."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mm2", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))
        batch_op.add_column(sa.Column("plan", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))

    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.add_column(sa.Column("thickness_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("per_m2_minor", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("sheet_width_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sheet_height_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("beam_reason", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("beam_allowed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("beam_allowed_by_id", sa.String(length=16), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_material_beam_allowed_by_id_person"), "person", ["beam_allowed_by_id"], ["id"]
        )

    with op.batch_alter_table("material_offer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("burning", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(sa.Column("burning_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("burning_by_id", sa.String(length=16), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_material_offer_burning_by_id_person"), "person", ["burning_by_id"], ["id"]
        )

    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mm2", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mm2", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("predicted_mm2", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("needs_width_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("needs_height_mm", sa.Double(), nullable=True))

    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mm2", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("plan", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))
        batch_op.add_column(sa.Column("picture_sha256", sa.String(length=64), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_slicing_picture_sha256_stored_file"), "stored_file", ["picture_sha256"], ["sha256"]
        )

    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sheet_width_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sheet_height_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("full_mm2", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("left_mm2", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("low_mm2", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.drop_column("low_mm2")
        batch_op.drop_column("left_mm2")
        batch_op.drop_column("full_mm2")
        batch_op.drop_column("sheet_height_mm")
        batch_op.drop_column("sheet_width_mm")

    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_slicing_picture_sha256_stored_file"), type_="foreignkey")
        batch_op.drop_column("picture_sha256")
        batch_op.drop_column("plan")
        batch_op.drop_column("mm2")

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("needs_height_mm")
        batch_op.drop_column("needs_width_mm")
        batch_op.drop_column("predicted_mm2")
        batch_op.drop_column("mm2")

    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.drop_column("mm2")

    with op.batch_alter_table("material_offer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_material_offer_burning_by_id_person"), type_="foreignkey")
        batch_op.drop_column("burning_by_id")
        batch_op.drop_column("burning_at")
        batch_op.drop_column("burning")

    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_material_beam_allowed_by_id_person"), type_="foreignkey")
        batch_op.drop_column("beam_allowed_by_id")
        batch_op.drop_column("beam_allowed_at")
        batch_op.drop_column("beam_reason")
        batch_op.drop_column("sheet_height_mm")
        batch_op.drop_column("sheet_width_mm")
        batch_op.drop_column("per_m2_minor")
        batch_op.drop_column("thickness_mm")

    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.drop_column("plan")
        batch_op.drop_column("mm2")
