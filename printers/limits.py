"""Run a program on a file that nobody vouches for: bounded in memory, time and output, and gone at the end."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

Killed = Literal["wall", "cpu", "memory", "output"]

KEPT_OUTPUT = 64 * 1024  # bytes of the program's words that are kept, from the end
# Set by a shell in the child itself: no race with the program, and safe to use from threads. Where the limits in force
# are already stricter, setting ours fails and theirs stay. A program over its processor time gets a second to end.
_LIMITER = """
ulimit -c 0
ulimit -v "$1" 2>/dev/null
ulimit -S -t "$2" 2>/dev/null
ulimit -H -t "$(($2 + 1))" 2>/dev/null
ulimit -f "$3" 2>/dev/null
shift 3
exec nice -n 10 "$@"
"""
_OUT_OF_MEMORY = (b"bad_alloc", b"MemoryError", b"Cannot allocate memory", b"out of memory")


@dataclass(frozen=True, slots=True)
class Limits:
    """memory_bytes: address space of each process; output_bytes: each file it writes."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Finished:
    """returncode: negative for a signal, as in subprocess. output: the last 64 KiB of both streams together."""

    returncode: int
    output: str
    killed: Killed | None


def run_limited(
    argv: Sequence[str | Path], limits: Limits, cwd: Path, env: Mapping[str, str] | None = None
) -> Finished:
    """Run a program to its end or its limit; afterwards nothing of its process group is left.

    It sees no environment of ours except PATH, and `env` on top; its home and temporary folder are `cwd`. Raises
    OSError when it cannot be started.
    """
    process = subprocess.Popen(
        _limited(argv, limits),
        cwd=cwd,
        env=_environment(cwd) | dict(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, in_time = _listen(process, time.monotonic() + limits.wall_seconds)
    finally:
        used_seconds = _end_group(process)
    killed = _reason(process.returncode, output, used_seconds >= limits.cpu_seconds) if in_time else "wall"
    return Finished(process.returncode, output.decode("utf-8", "replace"), killed)


def _limited(argv: Sequence[str | Path], limits: Limits) -> list[str]:
    figures = (limits.memory_bytes // 1024, limits.cpu_seconds, limits.output_bytes // 512)  # KiB, s, blocks
    return ["/bin/sh", "-c", _LIMITER, "limited", *map(str, figures), *map(str, argv)]


def _environment(cwd: Path) -> dict[str, str]:
    places = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(cwd), "TMPDIR": str(cwd)}
    # a Python program under a small output limit would leave cut-off bytecode beside its sources
    return {**places, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def _listen(process: subprocess.Popen[bytes], until: float) -> tuple[bytes, bool]:
    """The last words of a process and whether it ended in time; a grandchild that holds the pipe is not waited for."""
    assert process.stdout is not None
    tail = bytearray()
    speaking = True
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < until:
            ended = _has_ended(process)
            if speaking and selector.select(timeout=0 if ended else 0.1):
                speaking = _read(process.stdout, tail)
            elif ended:
                return bytes(tail), True
            elif not speaking:
                time.sleep(0.05)
    return bytes(tail), False


def _read(stream: IO[bytes], tail: bytearray) -> bool:
    """Append what there is; False at the end of the stream."""
    piece = os.read(stream.fileno(), 64 * 1024)
    tail += piece
    del tail[:-KEPT_OUTPUT]
    return bool(piece)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it is over, leaving it unreaped, so that its number still belongs to its group."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(process: subprocess.Popen[bytes]) -> float:
    """Kill what is left of the group; the processor seconds that the program itself used."""
    os.killpg(process.pid, signal.SIGKILL)  # the unreaped leader keeps the group in existence
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stdout is not None
    process.stdout.close()
    return usage.ru_utime + usage.ru_stime


def _reason(returncode: int, output: bytes, time_is_up: bool) -> Killed | None:
    if returncode == -signal.SIGXCPU or (returncode == -signal.SIGKILL and time_is_up):
        return "cpu"
    if returncode == -signal.SIGXFSZ:
        return "output"
    if returncode == -signal.SIGKILL:
        return "memory"  # not by us: the kernel was short of it
    if returncode != 0 and any(mark in output for mark in _OUT_OF_MEMORY):
        return "memory"
    return None
