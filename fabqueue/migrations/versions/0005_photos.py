"""Photos."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("build_id", sa.String(length=16), nullable=True),
        sa.Column("run_id", sa.String(length=16), nullable=True),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("large_sha256", sa.String(length=64), nullable=True),
        sa.Column("small_sha256", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alternative_text", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.String(length=16), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["build.id"], name=op.f("fk_photo_build_id_build")),
        sa.ForeignKeyConstraint(
            ["large_sha256"], ["stored_file.sha256"], name=op.f("fk_photo_large_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_photo_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_photo_project_id_project")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_photo_run_id_run")),
        sa.ForeignKeyConstraint(
            ["small_sha256"], ["stored_file.sha256"], name=op.f("fk_photo_small_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_photo_withdrawn_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_build_id"), ["build_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_large_sha256"), ["large_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_small_sha256"), ["small_sha256"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_photo_small_sha256"))
        batch_op.drop_index(batch_op.f("ix_photo_run_id"))
        batch_op.drop_index(batch_op.f("ix_photo_project_id"))
        batch_op.drop_index(batch_op.f("ix_photo_person_id"))
        batch_op.drop_index(batch_op.f("ix_photo_large_sha256"))
        batch_op.drop_index(batch_op.f("ix_photo_build_id"))

    op.drop_table("photo")
