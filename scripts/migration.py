"""Write the next migration from what the models have and the migrations have not: `make migration NAME=what_changes`.

Works on an empty database of its own; nothing else is needed.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import renderers
from alembic.operations.ops import CreateTableOp, MigrateOperation, MigrationScript
from alembic.script import Script
from sqlalchemy import Connection, ForeignKeyConstraint

from fabqueue import paths
from fabqueue.db import make_engine
from fabqueue.migrations import runner


class LateLink(MigrateOperation):
    """A foreign key of two tables that point at each other: PostgreSQL gets it when both are there.

    SQLite takes it inside CREATE TABLE and cannot add it later; Alembic forgets it for PostgreSQL.
    """

    def __init__(self, table: str, link: ForeignKeyConstraint, make: bool) -> None:
        self.table, self.link, self.make = table, link, make


@renderers.dispatch_for(LateLink)
def _render_late_link(_context: Any, late: LateLink) -> list[str]:
    target = late.link.elements[0].target_fullname.split(".")
    named = f"{late.link.name!r}, {late.table!r}"
    made = f"op.create_foreign_key({named}, {target[0]!r}, {late.link.column_keys!r}, {target[1:]!r})"
    dropped = f"op.drop_constraint({named}, type_='foreignkey')"
    return ["if op.get_bind().dialect.name != 'sqlite':", made if late.make else dropped, ""]


def _add_late_links(_context: Any, _revision: Any, scripts: list[MigrationScript]) -> None:
    for script in scripts:
        late = list(_late_links(script.upgrade_ops.ops if script.upgrade_ops else []))
        for table, link in late:
            assert script.upgrade_ops is not None
            assert script.downgrade_ops is not None
            script.upgrade_ops.ops.append(LateLink(table, link, make=True))
            script.downgrade_ops.ops.insert(0, LateLink(table, link, make=False))


def _late_links(operations: list[MigrateOperation]) -> Iterator[tuple[str, ForeignKeyConstraint]]:
    for each in operations:
        if isinstance(each, CreateTableOp):
            for constraint in each.to_table().foreign_key_constraints:
                if constraint.use_alter:
                    yield each.table_name, constraint


def main(name: str) -> None:
    versions = paths.migrations() / "versions"
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.sqlite3"
        runner.upgrade(url, Path(folder))
        engine = make_engine(url)
        with engine.connect() as connection:
            path = write(connection, number, name)
        engine.dispose()
    lines = [line for line in path.read_text().splitlines() if "# ### " not in line]
    path.write_text("\n".join(lines) + "\n")
    for arguments in (["format", "-q"], ["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(path)], check=True)
    sys.stdout.write(f"{path}: read it before you commit it\n")


def write(connection: Connection, number: str, name: str) -> Path:
    """The new file, not yet tidied."""
    config = runner.alembic(connection)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    message = name.replace("_", " ").strip()
    sentence = message[:1].upper() + message[1:] + "."
    script = command.revision(
        config, sentence, autogenerate=True, rev_id=number, process_revision_directives=_add_late_links
    )
    assert isinstance(script, Script)  # one revision was asked for
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit("Name what the migration changes: make migration NAME=add_spool_weight")
    main(sys.argv[1])
