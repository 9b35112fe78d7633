"""What is brought in from elsewhere: imports and what they made, past jobs, profiles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "people", "past_jobs", "bundle", name="importkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "reading",
                "read",
                "making",
                "made",
                "undone",
                "failed",
                "discarded",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.String(length=16), nullable=False),
        sa.Column("choices", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("found", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("problem_code", sa.String(), nullable=False),
        sa.Column("problem_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("running_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_import_batch_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_state"), ["state"], unique=False)

    op.create_table(
        "imported_profile",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("import_batch_id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("slicer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batch.id"], name=op.f("fk_imported_profile_import_batch_id_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_profile")),
        sa.UniqueConstraint("slug", name=op.f("uq_imported_profile_slug")),
    )
    with op.batch_alter_table("imported_profile", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_profile_import_batch_id"), ["import_batch_id"], unique=False)

    op.create_table(
        "imported_thing",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("import_batch_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batch.id"], name=op.f("fk_imported_thing_import_batch_id_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_thing")),
    )
    with op.batch_alter_table("imported_thing", schema=None) as batch_op:
        batch_op.create_index("ix_imported_thing_batch_kind", ["import_batch_id", "kind"], unique=False)

    op.create_table(
        "past_job",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("import_batch_id", sa.String(length=16), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=True),
        sa.Column("material_name", sa.String(), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=True),
        sa.Column("machine_name", sa.String(), nullable=False),
        sa.Column("milligrams", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("good", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batch.id"], name=op.f("fk_past_job_import_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_past_job_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_past_job_material_id_material")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_past_job_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_job")),
    )
    with op.batch_alter_table("past_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_job_import_batch_id"), ["import_batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_past_job_machine_model_id"), ["machine_model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_past_job_material_id"), ["material_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_past_job_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("past_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_past_job_person_id"))
        batch_op.drop_index(batch_op.f("ix_past_job_material_id"))
        batch_op.drop_index(batch_op.f("ix_past_job_machine_model_id"))
        batch_op.drop_index(batch_op.f("ix_past_job_import_batch_id"))

    op.drop_table("past_job")
    with op.batch_alter_table("imported_thing", schema=None) as batch_op:
        batch_op.drop_index("ix_imported_thing_batch_kind")

    op.drop_table("imported_thing")
    with op.batch_alter_table("imported_profile", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_profile_import_batch_id"))

    op.drop_table("imported_profile")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_state"))
        batch_op.drop_index(batch_op.f("ix_import_batch_sha256"))

    op.drop_table("import_batch")
