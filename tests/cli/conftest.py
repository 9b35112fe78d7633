"""The command line as people run it: in a folder of its own, in this process."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from fabqueue.cli import main
from tests.support.octoprint import octoprint, octoprint_program, shared_octoprint, start_octoprint  # noqa: F401  fixtures


class Shell:
    """Runs `fabqueue` commands; `folder` is where they run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runner = CliRunner()

    def __call__(self, *arguments: str, given: str = "") -> Result:
        return self._runner.invoke(main, arguments, input=given, catch_exceptions=False)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "FABQUEUE_CONFIG"):
        monkeypatch.setenv(name, "")  # so that what a command sets is forgotten again
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "C.UTF-8")
    handlers, level = logging.root.handlers[:], logging.root.level
    yield Shell(tmp_path)
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def made(shell: Shell) -> Shell:
    """A folder in which `fabqueue init` has run."""
    assert shell("init").exit_code == 0
    return shell
