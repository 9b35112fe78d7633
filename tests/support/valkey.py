"""A real Valkey server on a unix socket of the test's own."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from fabqueue.serving import valkey
from tests.support.octoprint import eventually


class ValkeyServer:
    """Can be killed and started again; comes back empty."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.url = f"unix://{self.socket}?db=0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = valkey.argv(valkey.find(), self.socket)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as connection:
                return bool(connection.ping())
        except (RedisError, OSError):
            return False

    def empty(self) -> None:
        """Everything in it is gone, as after a crash."""
        with Redis.from_url(self.url) as connection:
            connection.flushall()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.socket.unlink(missing_ok=True)


@contextmanager
def running_valkey(socket: Path) -> Iterator[ValkeyServer]:
    """Our own Valkey as `serve` starts it; the socket's folder must be there."""
    server = ValkeyServer(socket)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def valkey_server() -> Iterator[ValkeyServer]:
    folder = Path(tempfile.mkdtemp(prefix="fq-valkey-"))  # a socket's path must be short
    try:
        with running_valkey(folder / "valkey.sock") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
