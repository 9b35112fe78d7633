"""Tags, versions of a page's words, what the gallery sorts by, notes and hidden pictures of builds."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_version",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("documentation", sa.String(), nullable=False),
        sa.Column("written_by_id", sa.String(length=16), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_page_version_project_id_project")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_page_version_written_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_version")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_page_version_project_id_number")),
    )
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_version_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_version_written_by_id"), ["written_by_id"], unique=False)

    op.create_table(
        "project_tag",
        sa.Column("project_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_tag_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_project_tag")),
    )
    with op.batch_alter_table("project_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_tag_name"), ["name"], unique=False)

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("project_id", sa.String(length=16), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_notice_project_id_project"), "project", ["project_id"], ["id"])

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(sa.Column("good_builds", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("built_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("make_seconds", sa.Integer(), nullable=True))

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("make_seconds", sa.Integer(), nullable=True))

    with op.batch_alter_table("build", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author_note", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("pictures_shown", sa.Boolean(), nullable=False, server_default=sa.true()))

    _count_builds()
    _time_reports()


def _count_builds() -> None:
    """What the log knew already."""
    bind = op.get_bind()
    good = sa.text(
        "SELECT project_id, count(*), max(made_at) FROM build WHERE outcome = 'good' AND shown GROUP BY project_id"
    )
    for project_id, count, last in bind.execute(good).all():
        counted = sa.text("UPDATE project SET good_builds = :count, built_at = :last WHERE id = :id")
        bind.execute(counted, {"count": count, "last": last, "id": project_id})


def _time_reports() -> None:
    """The quickest of the estimates that were made so far stands for each report, and their sum for the project."""
    bind = op.get_bind()
    estimate = sa.table(
        "estimate", sa.column("report_id"), sa.column("fits", sa.Boolean()), sa.column("seconds", sa.JSON())
    )
    quickest: dict[str, int] = {}
    for report_id, seconds in bind.execute(sa.select(estimate.c.report_id, estimate.c.seconds).where(estimate.c.fits)):
        if seconds:
            quickest[report_id] = min(quickest.get(report_id, seconds["expected"]), seconds["expected"])
    for report_id, least in quickest.items():
        bind.execute(sa.text("UPDATE report SET make_seconds = :s WHERE id = :id"), {"s": least, "id": report_id})
    bind.execute(
        sa.text(
            "UPDATE project SET make_seconds = (SELECT sum(report.make_seconds) FROM design"
            " JOIN revision ON revision.design_id = design.id JOIN report ON report.id = revision.report_id"
            " WHERE design.project_id = project.id AND design.deleted_at IS NULL AND revision.number ="
            " (SELECT max(other.number) FROM revision AS other WHERE other.design_id = design.id))"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("build", schema=None) as batch_op:
        batch_op.drop_column("pictures_shown")
        batch_op.drop_column("author_note")

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_column("make_seconds")

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_column("make_seconds")
        batch_op.drop_column("built_at")
        batch_op.drop_column("good_builds")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notice_project_id_project"), type_="foreignkey")
        batch_op.drop_column("project_id")

    with op.batch_alter_table("project_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_tag_name"))

    op.drop_table("project_tag")
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_version_written_by_id"))
        batch_op.drop_index(batch_op.f("ix_page_version_project_id"))

    op.drop_table("page_version")
