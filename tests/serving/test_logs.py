"""One log: what we say and what libraries say, for people or for programs."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from fabqueue import logs
from fabqueue.config import LogSettings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.reset_defaults()


def test_both_kinds_of_message_are_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.PROGRAM, "web")
    logs.configure(LogSettings(format="json"))
    structlog.get_logger("ours").info("begun", run="J-1")
    logging.getLogger("theirs").warning("odd %s", "thing")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["run"], ours["logger"], ours["level"]) == ("begun", "J-1", "ours", "info")
    assert (theirs["event"], theirs["program"]) == ("odd thing", "web")


def test_an_exception_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="json"))
    try:
        int("no good")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    [line] = capsys.readouterr().err.splitlines()
    assert "no good" in json.loads(line)["exception"]


def test_people_get_plain_lines_without_colours(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings())
    structlog.get_logger("ours").info("begun", run="J-1")
    said = capsys.readouterr().err
    assert "begun" in said
    assert "run=J-1" in said
    assert "\x1b" not in said


def test_the_level_holds_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(level="warning"))
    structlog.get_logger("ours").info("quiet")
    logging.getLogger("theirs").info("quiet")
    assert capsys.readouterr().err == ""
