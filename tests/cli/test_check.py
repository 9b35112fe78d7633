"""`fabqueue check` names each part that is not well and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from fabqueue import config
from fabqueue.db import Database, now
from fabqueue.models import Heartbeat
from fabqueue.tasks.heartbeat import BEATING
from tests.cli.conftest import Shell
from tests.support.valkey import running_valkey


def lines(shell: Shell) -> tuple[int, dict[str, str]]:
    """Exit code, and part to its line."""
    result = shell("check")
    said = [line for line in result.output.splitlines() if line.startswith(("well", "NOT WELL"))]
    return result.exit_code, {line[10:].partition(":")[0]: line for line in said}


@pytest.fixture
def running(made: Shell) -> Iterator[Shell]:
    """A lab whose parts are there: a real Valkey, and signs of life as its processes give them."""
    socket = config.load().own_redis_socket
    socket.parent.mkdir(mode=0o700)
    database = Database(config.load().database_url)
    with database.writing() as session:
        session.add_all(Heartbeat(name=name, at=now()) for name in BEATING)
        session.commit()
    database.close()
    with running_valkey(socket):
        yield made


@pytest.mark.slicer
def test_it_is_all_well_when_everything_is_there(running: Shell) -> None:
    code, said = lines(running)
    assert code == 0, said
    workers = {"Analysis worker", "Slicing worker", "Machine worker"}
    assert workers | {"Settings", "Database", "Valkey", "Ticker", "Slicer", "Storage"} <= said.keys()
    assert all(line.startswith("well") for line in said.values())


def test_a_lab_that_does_not_run_says_how_to_start_it(made: Shell) -> None:
    code, said = lines(made)
    assert code == 1
    for part in ("Valkey", "Ticker", "Analysis worker", "Slicing worker", "Machine worker"):
        assert said[part].startswith("NOT WELL")
    assert "fabqueue serve" in made("check").output


def test_a_process_that_fell_silent_is_noticed(running: Shell) -> None:
    with closing(sqlite3.connect(running.folder / "data" / "fabqueue.sqlite3")) as connection:
        connection.execute("UPDATE heartbeat SET at = '2020-01-01 00:00:00' WHERE name = 'ticker'")
        connection.commit()
    code, said = lines(running)
    assert code == 1
    assert said["Ticker"].startswith("NOT WELL")
    assert said["Machine worker"].startswith("well")


def test_a_database_without_tables_is_told_from_one_that_is_away(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "fabqueue init" in shell("check").output
    monkeypatch.setenv("FABQUEUE_DATA__DATABASE", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    _, said = lines(shell)
    assert "does not answer" in said["Database"]


def test_a_missing_slicer_is_noticed(running: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABQUEUE_SLICER__PROGRAM", "/no/such/slicer")
    code, said = lines(running)
    assert code == 1
    assert said["Slicer"].startswith("NOT WELL")


def test_a_data_folder_that_is_no_folder_is_noticed(shell: Shell) -> None:
    (shell.folder / "data").write_text("in the way")
    _, said = lines(shell)
    assert said["Storage"].startswith("NOT WELL")


def test_a_machine_that_is_away_is_named_with_advice(running: Shell) -> None:
    running("user", "add", "adam", "--role", "admin", "--password-stdin", given="correct horse battery\n")
    running("machine", "add", "Left", "--model", "marlin-250", "--url", "http://127.0.0.1:9", "--key", "x")
    running("machine", "add", "Mill", "--model", "marlin-250", "--driver", "manual")
    code, said = lines(running)
    assert code == 1
    assert said["Left"].startswith("NOT WELL")
    assert said["Mill"].startswith("well")


def test_a_file_that_a_setting_names_and_is_gone_is_noticed(running: Shell) -> None:
    place = running.folder / "config.toml"
    place.write_text('[site]\nlogo = "logo.svg"\n')
    code, said = lines(running)
    assert code == 1
    assert "NOT WELL" in said["Settings"]
    (running.folder / "logo.svg").write_text("<svg/>")
    assert lines(running)[1]["Settings"].startswith("well")
