"""The place `fabqueue serve` works in: one at a time for each data folder, and a socket whose path is short enough."""

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from fabqueue.config import Config

LONGEST_SOCKET_PATH = 107
"""Bytes that Linux takes in the address of a unix socket."""
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")
"""A path that survives being part of an address; and with a blank in it, the answer to CLIENT LIST is not readable."""


class AlreadyServing(Exception):
    """Another `fabqueue serve` works in this data folder; `pid` is its process, 0 when it did not say."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"another `fabqueue serve` (process {pid}) already runs for {folder}")
        self.folder, self.pid = folder, pid


class FolderTaken(Exception):
    """The short folder for the socket belongs to somebody else."""


def run_folder(config: Config) -> Path:
    """Where the generated files of a running `serve` lie."""
    return config.folder / "run"


def lock(config: Config) -> int:
    """Be the one `serve` of this data folder. The handle stays locked as long as it is open; it survives an exec.

    Raises AlreadyServing.
    """
    folder = run_folder(config)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.read(handle, 20).decode("ascii", "replace").strip()
        os.close(handle)
        raise AlreadyServing(config.folder, int(said) if said.isdigit() else 0) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    os.set_inheritable(handle, True)
    return handle


def socket_place(config: Config) -> Path:
    """Where our own Valkey listens: in the data folder, or in a short folder when that path will not do."""
    usual = config.own_redis_socket
    return usual if _will_do(usual) else _short_folder(config.folder) / "valkey.sock"


def prepare_socket(config: Config) -> Path:
    """Make the socket's folder, readable by this user alone, and note where it is. Raises FolderTaken."""
    place = socket_place(config)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = place.parent.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
        raise FolderTaken(f"{place.parent} belongs to somebody else; remove it or set TMPDIR to a folder of yours")
    place.parent.chmod(0o700)
    run_folder(config).mkdir(parents=True, exist_ok=True, mode=0o700)
    _note(config).write_text(f"{place}\n", "utf-8")
    return place


def with_own_redis(config: Config) -> Config:
    """The configuration with the address of our own Valkey, as the `serve` of this data folder noted it."""
    if config.data.redis or _will_do(config.own_redis_socket):
        return config
    try:
        place = _note(config).read_text("utf-8").strip()
    except FileNotFoundError:
        place = str(socket_place(config))
    return replace(config, data=replace(config.data, redis=f"unix://{place}?db=0"))


def _note(config: Config) -> Path:
    return run_folder(config) / "valkey-socket"


def _will_do(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and bool(_PLAIN.fullmatch(str(path)))


def _short_folder(data_folder: Path) -> Path:
    """Always the same for one data folder, user and session."""
    name = f"fabqueue-{hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]}"
    named = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108  0700 below it
    places = [Path(each) / name for each in named if each and os.access(each, os.W_OK)]
    return next(each for each in places if _will_do(each / "valkey.sock"))
