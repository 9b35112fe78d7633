import tomllib

from fabqueue import config, paths
from fabqueue.migrations import runner
from tests.cli.conftest import Shell


def test_init_writes_every_setting_and_a_database_that_is_up_to_date(shell: Shell) -> None:
    result = shell("init")
    assert result.exit_code == 0, result.output
    assert (shell.folder / "config.toml").read_text() == paths.example_config().read_text()
    assert (shell.folder / "config.toml").stat().st_mode & 0o077 == 0
    assert runner.pending(config.load().database_url) == []


def test_init_overwrites_nothing(made: Shell) -> None:
    (made.folder / "config.toml").write_text('[site]\nname = "Ours"\n')
    database = made.folder / "data" / "fabqueue.sqlite3"
    made("user", "add", "adam", "--password-stdin", given="correct horse battery\n")
    before = database.stat().st_ino
    result = made("init")
    assert "Kept config.toml" in result.output
    assert tomllib.loads((made.folder / "config.toml").read_text()) == {"site": {"name": "Ours"}}
    assert database.stat().st_ino == before
    assert made("token", "create", "--user", "adam").exit_code == 0


def test_init_writes_where_config_points(shell: Shell) -> None:
    place = shell.folder / "elsewhere"
    place.mkdir()
    assert shell("--config", str(place / "lab.toml"), "init").exit_code == 0
    assert (place / "lab.toml").exists()
    assert (place / "data" / "fabqueue.sqlite3").exists()
