"""Alembic runs this file; the connection comes from `runner`, never from an ini file."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON
from sqlalchemy.sql.elements import False_

from fabqueue.db import Instant
from fabqueue.models import Base


def _render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Revisions name plain types: they must read the same when our own types have changed."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):  # Alembic writes its JSONB with a name it does not import
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "server_default" and isinstance(getattr(item, "arg", None), False_):  # SQLite writes 0, no other may
        return "sa.false()"
    return False


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=_render,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,  # all or nothing: a database is never left between two revisions
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
