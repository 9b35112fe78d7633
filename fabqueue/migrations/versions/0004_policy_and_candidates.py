"""What the lab decides about itself, and machines that were found and are not the lab's yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_policy")),
    )
    op.create_table(
        "network_search",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("asked_by_id", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_network_search_asked_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_search")),
    )
    with op.batch_alter_table("network_search", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_network_search_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "candidate",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("announced", "typed", name="candidatesource", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "found",
                "answers",
                "silent",
                "to_ask",
                "asking",
                "allowed",
                "denied",
                "expired",
                "added",
                name="candidatestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem_code", sa.String(), nullable=False),
        sa.Column("problem_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("asked_by_id", sa.String(length=16), nullable=True),
        sa.Column("machine_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_candidate_asked_by_id_person")),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.id"], name=op.f("fk_candidate_machine_id_machine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("url", name=op.f("uq_candidate_url")),
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_state"), ["state"], unique=False)

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policy_version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_column("policy_version")

    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidate_state"))

    op.drop_table("candidate")
    with op.batch_alter_table("network_search", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_network_search_asked_at"))

    op.drop_table("network_search")
    op.drop_table("policy")
