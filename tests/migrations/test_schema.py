"""The migrations lead to what the models say, on both databases, there and back."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect

from fabqueue.db import make_engine
from fabqueue.migrations import runner
from fabqueue.models import Base


def run(url: str, direction: Any, to: str) -> None:
    engine = make_engine(url)
    with engine.execution_options(writing=True).connect() as connection:
        direction(runner.alembic(connection), to)
        connection.commit()
    engine.dispose()


def constraints(url: str) -> dict[str, Any]:
    """Check constraints and foreign keys of every table; Alembic compares neither kind in full."""
    engine = make_engine(url)
    found = inspect(engine)
    tables = {
        table: (
            sorted((each["name"] or "", each["sqltext"]) for each in found.get_check_constraints(table)),
            sorted((each["name"] or "", each["referred_table"]) for each in found.get_foreign_keys(table)),
        )
        for table in found.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return tables


def test_there_is_one_head() -> None:
    assert len(runner.heads()) == 1


@pytest.mark.postgresql
def test_the_migrations_make_what_the_models_say(empty_url: str, tmp_path: Path) -> None:
    runner.upgrade(empty_url, tmp_path)
    assert runner.differences(empty_url) == []
    assert runner.pending(empty_url) == []


@pytest.mark.postgresql
def test_the_migrations_make_the_same_constraints(empty_url: str, database_url: str, tmp_path: Path) -> None:
    runner.upgrade(empty_url, tmp_path)
    assert constraints(empty_url) == constraints(database_url)
    assert set(constraints(empty_url)) == set(Base.metadata.tables)


@pytest.mark.postgresql
def test_a_difference_in_type_is_noticed(empty_url: str, tmp_path: Path) -> None:
    runner.upgrade(empty_url, tmp_path)
    engine = make_engine(empty_url)
    with engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("DROP TABLE heartbeat")
        connection.exec_driver_sql("CREATE TABLE heartbeat (name VARCHAR PRIMARY KEY NOT NULL, at INTEGER NOT NULL)")
    engine.dispose()
    assert any("modify_type" in str(each) for each in runner.differences(empty_url))


@pytest.mark.postgresql
def test_every_migration_goes_up_down_and_up_again(empty_url: str, tmp_path: Path) -> None:
    runner.upgrade(empty_url, tmp_path)
    run(empty_url, command.downgrade, "base")
    assert constraints(empty_url) == {}
    run(empty_url, command.upgrade, "head")
    assert runner.differences(empty_url) == []
