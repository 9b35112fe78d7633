import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import descendants

Keep = Callable[..., "Keeper"]

# A program that says it is up, starts a child of its own in a session of its own, and obeys SIGTERM.
PROGRAM = """
import os, pathlib, signal, subprocess, sys, time
name, folder = sys.argv[1:]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
def end(*_):
    child.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(folder, f"{name}-{os.getpid()}").touch()
print(f"{name} is up", flush=True)
time.sleep(600)
"""


class Keeper:
    """A running keeper whose programs note their process numbers as files in `folder`."""

    def __init__(self, folder: Path, programs: dict[str, list[str]], as_json: bool = False) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = [{"name": name, "argv": argv, "priority": 10, "stop_seconds": 5} for name, argv in programs.items()]
        (folder / "programs.json").write_text(json.dumps({"programs": listed, "json": as_json}))
        self._log = (folder / "log").open("wb")
        command = [sys.executable, "-m", "fabqueue.serving.keeper", str(folder)]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def pids(self, name: str) -> set[int]:
        """Every process number that this program ever had."""
        return {int(each.name.rpartition("-")[2]) for each in self.folder.glob(f"{name}-*")}

    def below(self) -> set[int]:
        return descendants(self.process.pid)

    def close(self) -> None:
        everything = self.below() | {self.process.pid}
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pid in everything:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._log.close()


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    """Start a keeper for programs by name; an empty list stands for a well-behaved program with a child."""
    started: list[Keeper] = []

    def start(folder: str = "run", as_json: bool = False, **programs: list[str]) -> Keeper:
        place = tmp_path / folder
        argv = {name: given or [sys.executable, "-c", PROGRAM, name, str(place)] for name, given in programs.items()}
        started.append(Keeper(place, argv, as_json))
        return started[-1]

    yield start
    for each in started:
        each.close()
