"""However somebody says stop, the demonstration hears it once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = """
import time
from fabqueue.demo.told import Told, signals
with signals():
    try:
        print("up", flush=True)
        time.sleep(600)
    except Told:
        print("told", flush=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "Makefile").write_text(f'demo:\n\t@exec "{sys.executable}" script.py\n')
    return tmp_path


@pytest.fixture
def start(script: Path) -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for each in started:
        each.kill()
        each.wait()
        assert each.stdout is not None
        each.stdout.close()


def run(script: Path, command: list[str], start: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, cwd=script, stdout=subprocess.PIPE, text=True, start_new_session=True)
    start.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_heard(script: Path, start: list[subprocess.Popen[str]], how: int) -> None:
    process = run(script, [sys.executable, "script.py"], start)
    process.send_signal(how)
    assert process.wait(30) == 0
    assert process.stdout is not None
    assert process.stdout.read() == "told\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_alone_is_heard_too(script: Path, start: list[subprocess.Popen[str]], how: int) -> None:
    process = run(script, ["make", "--no-print-directory", "demo"], start)
    process.send_signal(how)
    assert process.stdout is not None
    assert process.stdout.read().startswith("told\n")
    assert process.wait(30) == -how


def test_a_make_that_is_killed_outright_takes_it_along(script: Path, start: list[subprocess.Popen[str]]) -> None:
    process = run(script, ["make", "--no-print-directory", "demo"], start)
    process.kill()
    assert process.stdout is not None
    assert process.stdout.read() == "told\n"
