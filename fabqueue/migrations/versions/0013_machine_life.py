"""The machine's life: emergency stops, commands nobody confirmed, services, what a machine has worked."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_task",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("machine_model_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum("hours", "runs", "days", name="serviceunit", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["machine_model_id"], ["machine_model.id"], name=op.f("fk_service_task_machine_model_id_machine_model")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_task")),
    )
    with op.batch_alter_table("service_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_task_machine_model_id"), ["machine_model_id"], unique=False)

    op.create_table(
        "service_record",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("machine_id", sa.String(length=16), nullable=False),
        sa.Column("task_id", sa.String(length=16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("begin", "due", "done", name="servicekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("worked_seconds", sa.Integer(), nullable=False),
        sa.Column("worked_runs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.id"], name=op.f("fk_service_record_machine_id_machine")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_service_record_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["service_task.id"], name=op.f("fk_service_record_task_id_service_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_record")),
    )
    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.create_index("ix_service_record_machine_task", ["machine_id", "task_id"], unique=False)

    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service_task_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("emergency_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("emergency_by_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("emergency_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reconnect_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("worked_seconds", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("worked_runs", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_machine_emergency_by_id_person"), "person", ["emergency_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_machine_service_task_id_service_task"), "service_task", ["service_task_id"], ["id"]
        )

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pause_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("unanswered", sa.String(), server_default="", nullable=False))

    op.execute(
        "UPDATE machine SET"
        " worked_seconds = COALESCE((SELECT SUM(run.seconds) FROM run WHERE run.machine_id = machine.id), 0),"
        " worked_runs = (SELECT COUNT(*) FROM run WHERE run.machine_id = machine.id AND run.started_at IS NOT NULL"
        " AND run.ended_at IS NOT NULL)"
    )


def downgrade() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("unanswered")
        batch_op.drop_column("pause_asked_at")

    with op.batch_alter_table("machine", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_machine_service_task_id_service_task"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_machine_emergency_by_id_person"), type_="foreignkey")
        batch_op.drop_column("worked_runs")
        batch_op.drop_column("worked_seconds")
        batch_op.drop_column("reconnect_asked_at")
        batch_op.drop_column("emergency_confirmed_at")
        batch_op.drop_column("emergency_by_id")
        batch_op.drop_column("emergency_at")
        batch_op.drop_column("service_task_id")

    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.drop_index("ix_service_record_machine_task")

    op.drop_table("service_record")
    with op.batch_alter_table("service_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_task_machine_model_id"))

    op.drop_table("service_task")
