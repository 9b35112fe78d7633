"""The parent's side of the sandbox: read what the child says until it ends or must end, and leave nothing running."""

import json
import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fabqueue.analysis.child import Limits

_SIGNALS = {
    signal.SIGXCPU: "analysis_too_long",
    signal.SIGXFSZ: "analysis_too_much_output",
    signal.SIGKILL: "analysis_too_much_memory",  # not sent by us: the kernel ran out of memory
}
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Ended:
    """The lines a child wrote, and `stopped`: None for an orderly end, else the code of what ended it."""

    lines: list[dict[str, Any]]
    stopped: str | None


def watch(pid: int, reading: int, limits: Limits) -> Ended:
    """Follow child `pid` through the pipe `reading` within its wall time and output; reaps it and kills its group."""
    deadline = time.monotonic() + limits.wall_seconds
    try:
        data, stopped = _read(reading, deadline, limits.output_bytes)
        if stopped is None and not _exited(pid, deadline):
            stopped = "analysis_too_long"
    finally:
        os.close(reading)
        status = _reap(pid)
    return Ended(_lines(data), stopped or _cause(status))


def _read(reading: int, deadline: float, most: int) -> tuple[bytes, str | None]:
    data = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return bytes(data), None
        data += chunk
        if len(data) > most:
            return bytes(data), "analysis_too_much_output"
    return bytes(data), "analysis_too_long"


def _exited(pid: int, deadline: float) -> bool:
    """Wait until the child that closed its pipe is gone, without reaping it: its pid must stay ours to kill."""
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _reap(pid: int) -> int:
    """Kill the child and everything it started, and collect its wait status."""
    for kill in (os.killpg, os.kill):  # the group exists only once the child has made its session
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _cause(status: int) -> str | None:
    if os.WIFSIGNALED(status):
        return _SIGNALS.get(signal.Signals(os.WTERMSIG(status)), "analysis_crashed")
    return "analysis_crashed" if os.WEXITSTATUS(status) else None


def _lines(data: bytes) -> list[dict[str, Any]]:
    """The complete lines; what a killed child was still writing is dropped."""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]
