"""A real Valkey for tests, on a socket."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fabqueue.serving import valkey
from tests.support.octoprint import eventually


@contextmanager
def running_valkey(socket: Path) -> Iterator[None]:
    """Our own Valkey as `serve` starts it; the socket's folder must be there."""
    process = subprocess.Popen(valkey.argv(valkey.find(), socket), stdout=subprocess.DEVNULL)
    try:
        eventually(socket.exists)
        yield
    finally:
        process.terminate()
        process.wait()
