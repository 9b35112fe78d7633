"""Bring a database to the newest schema: one process at a time, all or nothing, after a copy of what was there."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, text

from fabqueue import paths
from fabqueue.db import make_engine, now
from fabqueue.models import Base

KEPT_BACKUPS = 10
_ADVISORY_LOCK = 0x6661_6271  # "fabq"; any number that nothing else in the database uses

log = structlog.get_logger(__name__)


class UnknownRevision(Exception):
    """The database was made by a newer FabQueue than this one; `revision` is where it stands."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the database stands at revision {revision}, which this version does not know")
        self.revision = revision


def heads() -> list[str]:
    """The newest revisions; more than one means that two were written beside each other."""
    return list(_scripts().get_heads())


def current(database_url: str) -> str | None:
    """Where the database stands; None: it has no tables of ours yet."""
    with _connected(database_url) as connection:
        return _current(connection)


def pending(database_url: str) -> list[str]:
    """The revisions that the database still lacks, oldest first. Raises UnknownRevision."""
    return _pending(current(database_url))


def differences(database_url: str) -> list[Any]:
    """What the models have otherwise than the database, as Alembic's operations, types included; [] when equal."""
    with _connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def upgrade(database_url: str, backups: Path) -> list[str]:
    """Apply what is pending and return it, oldest first.

    A SQLite file that holds anything is copied into `backups` before; the last ten copies are kept. Whoever comes
    second waits and finds nothing to do. Raises UnknownRevision.
    """
    with _alone(database_url):
        due = pending(database_url)
        if due:
            _secure(database_url, backups, due[-1])
            with _connected(database_url, writing=True) as connection, connection.begin():
                command.upgrade(alembic(connection), "head")
                _check_links(connection)
            log.info("database migrated", revisions=due)
    return due


def alembic(connection: Connection | None = None) -> Config:
    """Alembic's own configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(paths.migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")  # a folder's name may hold spaces
    config.attributes["connection"] = connection
    return config


def back_up(database: Path, backups: Path, label: str) -> Path:
    """A consistent copy of a SQLite file, taken while others use it; the oldest of more than ten are removed."""
    backups.mkdir(parents=True, exist_ok=True)
    copy = backups / f"{now():%Y%m%dT%H%M%S.%fZ}-before-{label}.sqlite3"
    arriving = copy.with_suffix(".arriving")
    arriving.touch(mode=0o600)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(arriving)) as target:
        source.backup(target)
    arriving.replace(copy)
    for old in sorted(backups.glob("*-before-*.sqlite3"))[:-KEPT_BACKUPS]:
        old.unlink()
    return copy


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _pending(standing: str | None) -> list[str]:
    every = [each.revision for each in reversed(list(_scripts().walk_revisions()))]
    if standing is None:
        return every
    if standing not in every:
        raise UnknownRevision(standing)
    return every[every.index(standing) + 1 :]


def _secure(database_url: str, backups: Path, label: str) -> None:
    engine = make_engine(database_url)
    place, holds_tables = Path(engine.url.database or ""), bool(inspect(engine).get_table_names())
    engine.dispose()
    if engine.dialect.name != "sqlite":
        log.info("a PostgreSQL database is not copied before migrating; that is pg_dump's work", database=place.name)
    elif holds_tables:
        log.info("database copied", copy=str(back_up(place, backups, label)))


def _engine(database_url: str) -> Engine:
    engine = make_engine(database_url)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
        # Changing a table on SQLite replaces it; with foreign keys on, dropping the old one would take rows along.
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA foreign_keys=OFF"))
    return engine


@contextmanager
def _connected(database_url: str, writing: bool = False) -> Iterator[Connection]:
    engine = _engine(database_url)
    try:
        with engine.execution_options(writing=writing).connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _check_links(connection: Connection) -> None:
    """Foreign keys were off on SQLite: nothing may point nowhere now."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"the migration would leave {len(broken)} links to nothing, first {broken[0]}")


@contextmanager
def _alone(database_url: str) -> Iterator[None]:
    """Hold off every other process that wants to migrate this database."""
    with _connected(database_url) as connection:
        if connection.dialect.name == "sqlite":
            with _file_lock(Path(f"{connection.engine.url.database}-migrating")):
                yield
        else:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield  # released with the connection


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
