"""Upgrading: once, alone, after a copy of what was there."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from fabqueue import paths
from fabqueue.db import Database
from fabqueue.migrations import runner
from fabqueue.models import Person, RoleGrant
from tests.support import factories


@pytest.fixture
def old_lab(empty_url: str, tmp_path: Path) -> str:
    """A database of this version with a person in it."""
    runner.upgrade(empty_url, tmp_path / "first")
    database = Database(empty_url)
    with database.writing() as session:
        factories.person(session, "alice")
        session.commit()
    database.close()
    return empty_url


NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9000", "{previous}", None, None


def upgrade():
    with op.batch_alter_table("person") as batch:
        batch.alter_column("private_name", existing_type=sa.String(), type_=sa.String(length=200))
    {then}


def downgrade():
    raise NotImplementedError
"""


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Add a revision that changes the table of people, and whatever else is asked."""
    folder = tmp_path / "migrations of the next version"
    shutil.copytree(paths.migrations(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    [previous] = runner.heads()

    def add(then: str = "") -> None:
        (folder / "versions" / "9000_next.py").write_text(NEXT.format(previous=previous, then=then))
        monkeypatch.setattr(paths, "migrations", lambda: folder)

    return add


def people(file: Path) -> Iterator[str]:
    with closing(sqlite3.connect(file)) as connection:
        yield from (name for (name,) in connection.execute("SELECT user_name FROM person"))


@pytest.mark.postgresql
def test_a_lab_of_the_first_version_keeps_its_people(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations of the first version"
    shutil.copytree(paths.migrations(), folder, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*", "00[1-9]?_*"))
    with monkeypatch.context() as patch:
        patch.setattr(paths, "migrations", lambda: folder)
        assert runner.upgrade(empty_url, tmp_path / "backups") == ["0001"]
    columns = "id, user_name, display_name, private_name, password_hash, sign_in_generation, language, mail_notices"
    alice = f"INSERT INTO person ({columns}, named_on_builds, created_at, guarded)" + (
        " VALUES ('a', 'alice', 'Alice', '', '', 0, '', true, false, '2026-01-01 00:00:00', false)"
    )
    database = Database(empty_url)
    with database.writing() as session:
        session.execute(text(alice))
        session.commit()
    database.close()
    assert runner.upgrade(empty_url, tmp_path / "backups") == [f"{each:04}" for each in range(2, _count() + 1)]
    assert runner.differences(empty_url) == []
    database = Database(empty_url)
    with database.reading() as session:
        assert [
            (each.user_name, each.link_mail_attempts, each.found_by) for each in session.scalars(select(Person))
        ] == [("alice", 0, "alice\nalice")]
    database.close()


def _count() -> int:
    return len(list((paths.migrations() / "versions").glob("[0-9]*.py")))


def test_a_new_database_is_made_with_its_folder_and_needs_no_copy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a new folder' / 'fabqueue.sqlite3'}"
    assert runner.upgrade(url, tmp_path / "backups")
    assert not list(tmp_path.glob("backups/*"))


def test_what_was_there_is_copied_before_anything_changes(
    old_lab: str, tmp_path: Path, next_revision: Callable[[str], None]
) -> None:
    before = runner.heads()
    next_revision("")
    assert runner.upgrade(old_lab, tmp_path / "backups") == ["9000"]
    [copy] = (tmp_path / "backups").glob("*-before-9000.sqlite3")
    assert list(people(copy)) == ["alice"]
    assert [runner.current(f"sqlite:///{copy}")] == before
    assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.postgresql
def test_a_changed_table_keeps_the_rows_that_point_at_it(
    old_lab: str, tmp_path: Path, next_revision: Callable[[str], None]
) -> None:
    next_revision("")
    runner.upgrade(old_lab, tmp_path / "backups")
    database = Database(old_lab)
    with database.reading() as session:
        assert [each.person.user_name for each in session.scalars(select(RoleGrant))] == ["alice"]
    database.close()


@pytest.mark.postgresql
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    old_lab: str, tmp_path: Path, next_revision: Callable[[str], None]
) -> None:
    next_revision('op.execute("DELETE FROM no_such_table")')
    with pytest.raises(DatabaseError, match="no_such_table"):
        runner.upgrade(old_lab, tmp_path / "backups")
    assert runner.pending(old_lab) == ["9000"]
    assert runner.differences(old_lab) == []


def test_a_migration_that_leaves_links_to_nothing_is_taken_back(
    old_lab: str, tmp_path: Path, next_revision: Callable[[str], None]
) -> None:
    next_revision('op.execute("DELETE FROM person")')
    with pytest.raises(RuntimeError, match="links to nothing"):
        runner.upgrade(old_lab, tmp_path / "backups")
    assert list(people(tmp_path / "fabqueue.sqlite3")) == ["alice"]


def test_an_upgrade_with_nothing_due_copies_nothing(old_lab: str, tmp_path: Path) -> None:
    assert runner.upgrade(old_lab, tmp_path / "backups") == []
    assert not (tmp_path / "backups").exists()


def test_the_last_ten_copies_are_kept(old_lab: str, tmp_path: Path) -> None:
    database = tmp_path / "fabqueue.sqlite3"
    copies = [runner.back_up(database, tmp_path / "backups", "0002") for _ in range(12)]
    assert sorted((tmp_path / "backups").iterdir()) == copies[2:]


def test_a_copy_holds_what_is_still_in_the_write_ahead_log(old_lab: str, tmp_path: Path) -> None:
    database = Database(old_lab)
    with database.writing() as session:
        factories.person(session, "bob")
        session.commit()
        assert sorted(people(runner.back_up(tmp_path / "fabqueue.sqlite3", tmp_path, "x"))) == ["alice", "bob"]
    database.close()


def test_a_database_of_a_newer_version_is_refused_untouched(old_lab: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "fabqueue.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(runner.UnknownRevision, match="9999"):
        runner.upgrade(old_lab, tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


UPGRADE = """
import sys
from pathlib import Path
from fabqueue.migrations import runner
print(len(runner.upgrade(sys.argv[1], Path(sys.argv[2]))))
"""


@pytest.mark.postgresql
def test_of_several_processes_that_start_together_one_migrates(empty_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", UPGRADE, empty_url, str(tmp_path / "backups")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate()[0].splitlines()[-1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(said) == ["0", "0", str(_count())]
    assert runner.differences(empty_url) == []
