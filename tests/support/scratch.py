"""Scratch files of a test run in memory, where there is room for them.

Labs are made by thousands of commits, and each waits for the disk to have it: a promise that no test run needs.
"""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM, _FREE = 4 << 30, 8 << 30
"""Bytes: what the files may need, and what must be free in all."""


def in_memory() -> None:
    """Let every temporary file of this process and its children lie in memory, unless TMPDIR says where they shall."""
    if "TMPDIR" in os.environ or not _has_room():
        return
    folder = _MEMORY / f"fq{os.getuid()}"  # short: the path of a socket deep in it must stay below 108 characters
    folder.mkdir(mode=0o755, exist_ok=True)  # PostgreSQL must pass through it as another user
    if folder.stat().st_uid == os.getuid():
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _has_room() -> bool:
    if not os.access(_MEMORY, os.W_OK):
        return False
    place = os.statvfs(_MEMORY)
    return place.f_bavail * place.f_frsize >= _ROOM and _available() >= _FREE


def _available() -> int:
    """Bytes of memory that programs could have."""
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
