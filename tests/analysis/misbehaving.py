"""Functions that the sandbox runs instead of an analysis, each misbehaving in its own way."""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fabqueue.analysis.findings import AnalysisError

Lines = Iterator[dict[str, Any]]


def behave(folder: Path, word: str = "done") -> Lines:
    yield {"word": word, "pid": os.getpid(), "warm": "fabqueue.analysis.analyse" in sys.modules}
    yield {"folder": os.getcwd(), "environment": sorted(os.environ), "descriptors": sorted(os.listdir("/proc/self/fd"))}


def refuse(folder: Path) -> Lines:
    raise AnalysisError("file_empty", {"why": "a test"})
    yield {}


def fail(folder: Path) -> Lines:
    yield {"report": "half"}
    raise ValueError("nobody expected this")


def eat_memory(folder: Path) -> Lines:
    hoard = []
    while True:
        hoard.append(bytearray(50_000_000))
    yield {}


def spin(folder: Path) -> Lines:
    yield {"report": "half"}
    while True:
        pass


def sleep(folder: Path) -> Lines:
    (folder / "pid").write_text(str(os.getpid()))
    yield {"pid": os.getpid()}
    time.sleep(3600)


def flood_a_file(folder: Path) -> Lines:
    with (folder / "flood").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1_000_000)
    yield {}


def flood_many_files(folder: Path) -> Lines:
    for number in range(20):
        (folder / f"flood{number}").write_bytes(b"x" * 1_000_000)
    yield {"report": "whole"}


def flood_the_pipe(folder: Path) -> Lines:
    while True:
        yield {"words": "x" * 1_000_000}


def crash(folder: Path) -> Lines:
    yield {"report": "half"}
    ctypes.string_at(0)


def abort(folder: Path) -> Lines:
    os.abort()
    yield {}


def say_nonsense(folder: Path) -> Lines:
    yield {"figure": float("nan")}


def leave_a_child(folder: Path) -> Lines:
    left = subprocess.Popen(["sleep", "3600"])
    yield {"left": left.pid}
