"""Faults of the settings are all told, before anything is done."""

import pytest

from tests.cli.conftest import Shell

FAULTY = """
[site]
currency = 5
colour = "green"

[server]
port = 0

[kitchen]
"""


@pytest.mark.parametrize(
    "command", [["check"], ["serve"], ["web"], ["ticker"], ["worker", "--queue", "machines"], ["machine", "list"]]
)
def test_every_fault_is_named_and_nothing_is_started(shell: Shell, command: list[str]) -> None:
    (shell.folder / "config.toml").write_text(FAULTY)
    result = shell(*command)
    assert result.exit_code == 2
    for words in ("[site] currency", "[site] colour", "[server] port", "[kitchen]"):
        assert words in result.output
    assert not (shell.folder / "data").exists()


def test_parts_do_not_start_on_a_database_that_is_not_ready(shell: Shell) -> None:
    for command in (["web"], ["ticker"], ["worker", "--queue", "analysis"], ["user", "add", "x", "--password-stdin"]):
        result = shell(*command)
        assert result.exit_code == 1
        assert "fabqueue init" in result.output
