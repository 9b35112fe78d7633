"""The house."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "person", "machine", "system", name="actorkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column(
            "subject_kind",
            sa.Enum(
                "job",
                "run",
                "machine",
                "design",
                "project",
                "person",
                "site",
                "stock",
                name="subjectkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "machine_model",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "printer", "laser", "other", name="machinekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("per_hour_minor", sa.Integer(), nullable=False),
        sa.Column("setup_minor", sa.Integer(), nullable=False),
        sa.Column("needs_certification", sa.Boolean(), nullable=False),
        sa.Column("drawings_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_model")),
        sa.UniqueConstraint("slug", name=op.f("uq_machine_model_slug")),
    )
    op.create_table(
        "material",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("per_kg_minor", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("slug", name=op.f("uq_material_slug")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("private_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("sign_in_generation", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("mail_notices", sa.Boolean(), nullable=False),
        sa.Column("named_on_builds", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("guardian_id", sa.String(length=16), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["guardian_id"], ["person.id"], name=op.f("fk_person_guardian_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("user_name", name=op.f("uq_person_user_name")),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "person",
                "workshop",
                "grant",
                "house",
                name="accountkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
    )
    op.create_table(
        "certification",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=True),
        sa.Column(
            "machine_kind",
            sa.Enum(
                "printer", "laser", "other", name="machinekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "(machine_model_id IS NULL) <> (machine_kind IS NULL)", name=op.f("ck_certification_model_or_kind")
        ),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_certification_granted_by_id_person")),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_certification_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certification_person_id_person")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["person.id"], name=op.f("fk_certification_withdrawn_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
    )
    with op.batch_alter_table("certification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certification_person_id"), ["person_id"], unique=False)

    op.create_table(
        "material_offer",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("preset", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_material_offer_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_material_offer_material_id_material")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_offer")),
        sa.UniqueConstraint(
            "machine_model_id", "material_id", name=op.f("uq_material_offer_machine_model_id_material_id")
        ),
    )
    with op.batch_alter_table("material_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_material_offer_machine_model_id"), ["machine_model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_material_offer_material_id"), ["material_id"], unique=False)

    op.create_table(
        "password_link",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_by_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_password_link_issued_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_link_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_password_link_digest")),
    )
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_link_person_id"), ["person_id"], unique=False)

    op.create_table(
        "project",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("documentation", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("licensor", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum("private", "public", name="visibility", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_build_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_project_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("slug", name=op.f("uq_project_slug")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "repeated_answer",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_repeated_answer_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeated_answer")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_repeated_answer_person_id_key")),
    )
    with op.batch_alter_table("repeated_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_repeated_answer_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_repeated_answer_person_id"), ["person_id"], unique=False)

    op.create_table(
        "report",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("units", sa.String(), nullable=False),
        sa.Column("analyser", sa.String(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=True),
        sa.Column("preview_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_sha256"], ["stored_file.sha256"], name=op.f("fk_report_picture_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["preview_sha256"], ["stored_file.sha256"], name=op.f("fk_report_preview_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_report_sha256_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("sha256", "units", "analyser", name=op.f("uq_report_sha256_units_analyser")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_sha256"), ["sha256"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "technician",
                "instructor",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.String(length=16), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_role_grant_granted_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_role_grant_withdrawn_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_person_id"), ["person_id"], unique=False)

    op.create_table(
        "site",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("job_prefix", sa.String(), nullable=False),
        sa.Column("opening_hours", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("last_job_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by_id", sa.String(length=16), nullable=True),
        sa.Column("held_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["held_by_id"], ["person.id"], name=op.f("fk_site_held_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("slug", name=op.f("uq_site_slug")),
    )
    op.create_table(
        "slicing",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("units", sa.String(), nullable=False),
        sa.Column("profile_digest", sa.String(), nullable=False),
        sa.Column("settings_digest", sa.String(), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "running",
                "ready",
                "failed",
                name="slicingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("running_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem_code", sa.String(), nullable=False),
        sa.Column("problem_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("gcode_sha256", sa.String(length=64), nullable=True),
        sa.Column("gcode_sha1", sa.String(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("milligrams", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["gcode_sha256"], ["stored_file.sha256"], name=op.f("fk_slicing_gcode_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_slicing_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_slicing_material_id_material")),
        sa.ForeignKeyConstraint(
            ["model_sha256"], ["stored_file.sha256"], name=op.f("fk_slicing_model_sha256_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slicing")),
        sa.UniqueConstraint(
            "model_sha256",
            "units",
            "profile_digest",
            "settings_digest",
            "copies",
            name=op.f("uq_slicing_model_sha256_units_profile_digest_settings_digest_copies"),
        ),
    )
    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slicing_gcode_sha256"), ["gcode_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_slicing_model_sha256"), ["model_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_slicing_state"), ["state"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "build",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("builder_id", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("good", "failed", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["builder_id"], ["person.id"], name=op.f("fk_build_builder_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_build_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_build_project_id_number")),
    )
    with op.batch_alter_table("build", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_build_builder_id"), ["builder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_build_project_id"), ["project_id"], unique=False)

    op.create_table(
        "design",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mesh", "drawing", "toolpath", name="designkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_design_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_design")),
    )
    with op.batch_alter_table("design", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_design_project_id"), ["project_id"], unique=False)

    op.create_table(
        "estimate",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("report_id", sa.String(length=16), nullable=False),
        sa.Column("profile_digest", sa.String(), nullable=False),
        sa.Column("settings_digest", sa.String(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("seconds", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("milligrams", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_estimate_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate")),
        sa.UniqueConstraint(
            "report_id",
            "profile_digest",
            "settings_digest",
            name=op.f("uq_estimate_report_id_profile_digest_settings_digest"),
        ),
    )
    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_estimate_report_id"), ["report_id"], unique=False)

    op.create_table(
        "machine",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column(
            "driver",
            sa.Enum("octoprint", "manual", name="driverkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("camera_url", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bed_cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bed_cleared_by_id", sa.String(length=16), nullable=True),
        sa.Column("maintenance_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maintenance_by_id", sa.String(length=16), nullable=True),
        sa.Column("maintenance_reason", sa.String(), nullable=False),
        sa.Column(
            "connection",
            sa.Enum("online", "offline", name="connection", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault_code", sa.String(), nullable=False),
        sa.Column("fault_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("fault_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("temperatures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("picture_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.String(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bed_cleared_by_id"], ["person.id"], name=op.f("fk_machine_bed_cleared_by_id_person")),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_machine_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["maintenance_by_id"], ["person.id"], name=op.f("fk_machine_maintenance_by_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_machine_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine")),
        sa.UniqueConstraint("slug", name=op.f("uq_machine_slug")),
    )
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_machine_machine_model_id"), ["machine_model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_site_id"), ["site_id"], unique=False)

    op.create_table(
        "project_author",
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_project_author_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_author_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "person_id", name=op.f("pk_project_author")),
    )
    with op.batch_alter_table("project_author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_author_person_id"), ["person_id"], unique=False)

    op.create_table(
        "request",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=16), nullable=False),
        sa.Column("filed_by_id", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["filed_by_id"], ["person.id"], name=op.f("fk_request_filed_by_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_request_owner_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_request_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_site_id"), ["site_id"], unique=False)

    op.create_table(
        "stock",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("colour_hex", sa.String(), nullable=False),
        sa.Column("full_mg", sa.Integer(), nullable=False),
        sa.Column("left_mg", sa.Integer(), nullable=False),
        sa.Column("low_mg", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_stock_material_id_material")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stock_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock")),
    )
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_material_id"), ["material_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_site_id"), ["site_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("design_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("units", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "running",
                "ready",
                "failed",
                name="revisionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("problem_code", sa.String(), nullable=False),
        sa.Column("problem_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("running_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_id", sa.String(length=16), nullable=True),
        sa.Column("uploaded_by_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["design_id"], ["design.id"], name=op.f("fk_revision_design_id_design")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_revision_report_id_report")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_revision_sha256_stored_file")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name=op.f("fk_revision_uploaded_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("design_id", "number", name=op.f("uq_revision_design_id_number")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_design_id"), ["design_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_uploaded_by_id"), ["uploaded_by_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "preparing",
                "claimed",
                "sending",
                "staged",
                "armed",
                "starting",
                "running",
                "paused",
                "cancelling",
                "done",
                "failed",
                "cancelled",
                "in_doubt",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("slicing_id", sa.String(length=16), nullable=True),
        sa.Column("machine_id", sa.String(length=16), nullable=True),
        sa.Column("stock_id", sa.String(length=16), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("seconds_left", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("milligrams", sa.Integer(), nullable=True),
        sa.Column("predicted_seconds", sa.Integer(), nullable=True),
        sa.Column("predicted_milligrams", sa.Integer(), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_asked", sa.Boolean(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by_id", sa.String(length=16), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("good", "failed", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["cleared_by_id"], ["person.id"], name=op.f("fk_run_cleared_by_id_person")),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.id"], name=op.f("fk_run_machine_id_machine")),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_run_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_run_material_id_material")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_run_site_id_site")),
        sa.ForeignKeyConstraint(["slicing_id"], ["slicing.id"], name=op.f("fk_run_slicing_id_slicing")),
        sa.ForeignKeyConstraint(["stock_id"], ["stock.id"], name=op.f("fk_run_stock_id_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_machine_id"), ["machine_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_machine_model_id"), ["machine_model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_slicing_id"), ["slicing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_run_one_active_per_machine",
            ["machine_id"],
            unique=True,
            sqlite_where=sa.text(
                "state IN ('armed', 'cancelling', 'claimed', 'in_doubt', 'paused', 'running', 'sending', 'starting')"
            ),
            postgresql_where=sa.text(
                "state IN ('armed', 'cancelling', 'claimed', 'in_doubt', 'paused', 'running', 'sending', 'starting')"
            ),
        )

    op.create_table(
        "slot",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("machine_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stock_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.id"], name=op.f("fk_slot_machine_id_machine")),
        sa.ForeignKeyConstraint(["stock_id"], ["stock.id"], name=op.f("fk_slot_stock_id_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("machine_id", "position", name=op.f("uq_slot_machine_id_position")),
        sa.UniqueConstraint("stock_id", name=op.f("uq_slot_stock_id")),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_machine_id"), ["machine_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(length=16), nullable=False),
        sa.Column("revision_id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("good_copies", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("payer_id", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "changes_requested",
                "awaiting_member",
                "queued",
                "in_production",
                "ready",
                "collected",
                "rejected",
                "cancelled",
                "failed",
                name="jobstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.String(length=16), nullable=True),
        sa.Column("offer_id", sa.String(length=16), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.String(length=16), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("good_copies >= 0", name=op.f("ck_job_good_copies_counted")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_job_quantity_positive")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_job_approved_by_id_person")),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_job_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_job_material_id_material")),
        sa.ForeignKeyConstraint(["offer_id"], ["quote.id"], name=op.f("fk_job_offer_id_quote"), use_alter=True),
        sa.ForeignKeyConstraint(["payer_id"], ["account.id"], name=op.f("fk_job_payer_id_account")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_job_quote_id_quote"), use_alter=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_job_request_id_request")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_job_revision_id_revision")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_job_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("code", name=op.f("uq_job_code")),
        sa.UniqueConstraint("site_id", "number", name=op.f("uq_job_site_id_number")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_machine_model_id"), ["machine_model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_material_id"), ["material_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_payer_id"), ["payer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)

    op.create_table(
        "entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=16), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "hold",
                "charge",
                "release",
                "refund",
                "payment",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("held_minor", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.String(length=16), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_entry_account_id_account")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_entry_by_id_person")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_entry_job_id_job")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entry")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_job_id"), ["job_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("event_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("job_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "mail",
            sa.Enum(
                "none",
                "pending",
                "sent",
                "failed",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mail_attempts", sa.Integer(), nullable=False),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("fk_notice_event_seq_event")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_notice_job_id_job")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "event_seq", name=op.f("uq_notice_person_id_event_seq")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_mail"), ["mail"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_person_id"), ["person_id"], unique=False)

    op.create_table(
        "quote",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("material_id", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("seconds", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("milligrams", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_quote_job_id_job")),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_quote_machine_model_id_machine_model")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_quote_material_id_material")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quote_job_id"), ["job_id"], unique=False)

    op.create_table(
        "run_item",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=16), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("good_copies", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("good", "failed", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.CheckConstraint("copies > 0", name=op.f("ck_run_item_copies_positive")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_run_item_job_id_job")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_item_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_item")),
        sa.UniqueConstraint("run_id", "job_id", name=op.f("uq_run_item_run_id_job_id")),
    )
    with op.batch_alter_table("run_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_item_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_item_run_id"), ["run_id"], unique=False)

    op.create_table(
        "build_part",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("build_id", sa.String(length=16), nullable=False),
        sa.Column("run_item_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["build.id"], name=op.f("fk_build_part_build_id_build")),
        sa.ForeignKeyConstraint(["run_item_id"], ["run_item.id"], name=op.f("fk_build_part_run_item_id_run_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build_part")),
        sa.UniqueConstraint("build_id", "run_item_id", name=op.f("uq_build_part_build_id_run_item_id")),
    )
    with op.batch_alter_table("build_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_build_part_build_id"), ["build_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_build_part_run_item_id"), ["run_item_id"], unique=False)

    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key("fk_job_quote_id_quote", "job", "quote", ["quote_id"], ["id"])

    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key("fk_job_offer_id_quote", "job", "quote", ["offer_id"], ["id"])


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_job_offer_id_quote", "job", type_="foreignkey")

    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_job_quote_id_quote", "job", type_="foreignkey")

    with op.batch_alter_table("build_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_build_part_run_item_id"))
        batch_op.drop_index(batch_op.f("ix_build_part_build_id"))

    op.drop_table("build_part")
    with op.batch_alter_table("run_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_item_run_id"))
        batch_op.drop_index(batch_op.f("ix_run_item_job_id"))

    op.drop_table("run_item")
    with op.batch_alter_table("quote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quote_job_id"))

    op.drop_table("quote")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_person_id"))
        batch_op.drop_index(batch_op.f("ix_notice_mail"))

    op.drop_table("notice")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_job_id"))
        batch_op.drop_index(batch_op.f("ix_entry_account_id"))

    op.drop_table("entry")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state"))
        batch_op.drop_index(batch_op.f("ix_job_revision_id"))
        batch_op.drop_index(batch_op.f("ix_job_request_id"))
        batch_op.drop_index(batch_op.f("ix_job_payer_id"))
        batch_op.drop_index(batch_op.f("ix_job_material_id"))
        batch_op.drop_index(batch_op.f("ix_job_machine_model_id"))

    op.drop_table("job")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_machine_id"))

    op.drop_table("slot")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_run_one_active_per_machine",
            sqlite_where=sa.text(
                "state IN ('armed', 'cancelling', 'claimed', 'in_doubt', 'paused', 'running', 'sending', 'starting')"
            ),
            postgresql_where=sa.text(
                "state IN ('armed', 'cancelling', 'claimed', 'in_doubt', 'paused', 'running', 'sending', 'starting')"
            ),
        )
        batch_op.drop_index(batch_op.f("ix_run_state"))
        batch_op.drop_index(batch_op.f("ix_run_slicing_id"))
        batch_op.drop_index(batch_op.f("ix_run_site_id"))
        batch_op.drop_index(batch_op.f("ix_run_machine_model_id"))
        batch_op.drop_index(batch_op.f("ix_run_machine_id"))

    op.drop_table("run")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_uploaded_by_id"))
        batch_op.drop_index(batch_op.f("ix_revision_state"))
        batch_op.drop_index(batch_op.f("ix_revision_sha256"))
        batch_op.drop_index(batch_op.f("ix_revision_report_id"))
        batch_op.drop_index(batch_op.f("ix_revision_design_id"))

    op.drop_table("revision")
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_site_id"))
        batch_op.drop_index(batch_op.f("ix_stock_material_id"))

    op.drop_table("stock")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_site_id"))
        batch_op.drop_index(batch_op.f("ix_request_owner_id"))

    op.drop_table("request")
    with op.batch_alter_table("project_author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_author_person_id"))

    op.drop_table("project_author")
    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_machine_site_id"))
        batch_op.drop_index(batch_op.f("ix_machine_machine_model_id"))

    op.drop_table("machine")
    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_estimate_report_id"))

    op.drop_table("estimate")
    with op.batch_alter_table("design", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_design_project_id"))

    op.drop_table("design")
    with op.batch_alter_table("build", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_build_project_id"))
        batch_op.drop_index(batch_op.f("ix_build_builder_id"))

    op.drop_table("build")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_person_id"))

    op.drop_table("token")
    with op.batch_alter_table("slicing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slicing_state"))
        batch_op.drop_index(batch_op.f("ix_slicing_model_sha256"))
        batch_op.drop_index(batch_op.f("ix_slicing_gcode_sha256"))

    op.drop_table("slicing")
    op.drop_table("site")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grant_person_id"))

    op.drop_table("role_grant")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_sha256"))

    op.drop_table("report")
    with op.batch_alter_table("repeated_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_repeated_answer_person_id"))
        batch_op.drop_index(batch_op.f("ix_repeated_answer_created_at"))

    op.drop_table("repeated_answer")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_owner_id"))

    op.drop_table("project")
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_link_person_id"))

    op.drop_table("password_link")
    with op.batch_alter_table("material_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_material_offer_material_id"))
        batch_op.drop_index(batch_op.f("ix_material_offer_machine_model_id"))

    op.drop_table("material_offer")
    with op.batch_alter_table("certification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certification_person_id"))

    op.drop_table("certification")
    op.drop_table("account")
    op.drop_table("stored_file")
    op.drop_table("person")
    op.drop_table("material")
    op.drop_table("machine_model")
    op.drop_table("heartbeat")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_subject")

    op.drop_table("event")
