"""Showcases and screens."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SUBJECTS = ("job", "run", "machine", "design", "project", "person", "site", "stock")


def _allow(kinds: tuple[str, ...]) -> None:
    """Events may be about these kinds of things."""
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_subjectkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_event_subjectkind"), sa.column("subject_kind").in_(kinds))


def upgrade() -> None:
    _allow((*_SUBJECTS, "showcase"))
    op.create_table(
        "showcase",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("introduction", sa.String(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum("private", "public", name="visibility", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("curator_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["curator_id"], ["person.id"], name=op.f("fk_showcase_curator_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showcase")),
        sa.UniqueConstraint("slug", name=op.f("uq_showcase_slug")),
    )
    with op.batch_alter_table("showcase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showcase_curator_id"), ["curator_id"], unique=False)

    op.create_table(
        "screen",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_screen_made_by_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_screen_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen")),
        sa.UniqueConstraint("digest", name=op.f("uq_screen_digest")),
    )
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screen_site_id"), ["site_id"], unique=False)

    op.create_table(
        "showcase_helper",
        sa.Column("showcase_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_showcase_helper_person_id_person")),
        sa.ForeignKeyConstraint(["showcase_id"], ["showcase.id"], name=op.f("fk_showcase_helper_showcase_id_showcase")),
        sa.PrimaryKeyConstraint("showcase_id", "person_id", name=op.f("pk_showcase_helper")),
    )
    with op.batch_alter_table("showcase_helper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showcase_helper_person_id"), ["person_id"], unique=False)

    op.create_table(
        "showcase_item",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("showcase_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=16), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_showcase_item_project_id_project")),
        sa.ForeignKeyConstraint(["showcase_id"], ["showcase.id"], name=op.f("fk_showcase_item_showcase_id_showcase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showcase_item")),
    )
    with op.batch_alter_table("showcase_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showcase_item_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_showcase_item_showcase_id"), ["showcase_id"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM event WHERE subject_kind = 'showcase'")
    _allow(_SUBJECTS)
    with op.batch_alter_table("showcase_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_showcase_item_showcase_id"))
        batch_op.drop_index(batch_op.f("ix_showcase_item_project_id"))

    op.drop_table("showcase_item")
    with op.batch_alter_table("showcase_helper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_showcase_helper_person_id"))

    op.drop_table("showcase_helper")
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screen_site_id"))

    op.drop_table("screen")
    with op.batch_alter_table("showcase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_showcase_curator_id"))

    op.drop_table("showcase")
