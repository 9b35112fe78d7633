"""FabQueue's processes, kept alive while the drill kills them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from fabqueue.demo.tied import tied_to_us

REST_SECONDS = 0.3
"""Between a death and the next start."""


class Program:
    """One process of the lab in a group of its own; what it says is appended to `log`."""

    def __init__(self, name: str, argv: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._argv, self._environment, self._log = argv, environment, log
        self._process: subprocess.Popen[bytes] | None = None
        self._rest_until = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tied_to_us(), *self._argv], env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def keep_alive(self) -> None:
        """Start it anew when it is dead, after a short rest."""
        if self.pid is not None:
            self._rest_until = 0.0
        elif not self._rest_until:
            self._rest_until = time.monotonic() + REST_SECONDS
        elif time.monotonic() >= self._rest_until:
            self.start()

    def signal(self, number: int) -> None:
        """To the whole group, a web server's workers included."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()


def ours(words: list[str]) -> list[str]:
    """`fabqueue WORDS` as an argument list."""
    return [sys.executable, "-m", "fabqueue.cli", *words]


def end_children() -> None:
    """Kill what is left below us; as a subreaper we are the parent of every orphan too."""
    while left := _children():
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    mark = f"PPid:\t{os.getpid()}\n"
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            if mark in status.read_text("utf-8", "replace"):
                found.append(int(status.parent.name))
    return found
