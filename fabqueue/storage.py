"""The one place that knows the disk: content-addressed files, and a few that are replaced in place.

Names are made here from digests and ids; nothing a person typed becomes part of a path.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

_DIGEST = re.compile(r"[0-9a-f]{64}")
_VOLATILE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,80}")
_CHUNK = 1 << 20
_CODE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that read alike."""


class TooLarge(Exception):
    """The stream is longer than allowed; nothing of it was kept."""


@dataclass(frozen=True)
class Kept:
    """What was stored: sha256 in hex, size in bytes."""

    sha256: str
    size: int


class Storage:
    """Files below one folder. Contents are immutable and kept once, whoever brings them."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._volatile = folder / "volatile"
        self._scratch = folder / "scratch"
        self._setup_code = folder / "setup-code"

    def setup_code(self) -> str:
        """The code that whoever sets this lab up must know; made on first use, readable by our user alone."""
        self._setup_code.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._setup_code, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._setup_code.read_text("ascii").strip()
        code = "-".join("".join(secrets.choice(_CODE) for _ in range(4)) for _ in range(4))
        with os.fdopen(handle, "w") as file:
            file.write(code + "\n")
        return code

    def forget_setup_code(self) -> None:
        """The lab is set up: the code opens nothing any more."""
        self._setup_code.unlink(missing_ok=True)

    def keep(self, stream: BinaryIO, largest: int) -> Kept:
        """Store a stream of at most `largest` bytes. Raises TooLarge and leaves nothing behind."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        arriving = self._scratch / f"arriving-{secrets.token_hex(12)}"
        try:
            kept = self._receive(stream, arriving, largest)
            self._settle(arriving, kept.sha256)
        finally:
            arriving.unlink(missing_ok=True)
        return kept

    def keep_file(self, path: Path) -> Kept:
        """Store a copy of the file at `path`."""
        with path.open("rb") as stream:
            return self.keep(stream, path.stat().st_size)

    def path(self, sha256: str) -> Path:
        """Where a kept file lies, for reading. Raises FileNotFoundError."""
        place = self._place(sha256)
        if not place.is_file():
            raise FileNotFoundError(sha256)
        return place

    def has(self, sha256: str) -> bool:
        return self._place(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Forget a file that no row names any more."""
        self._place(sha256).unlink(missing_ok=True)

    def all_digests(self) -> Iterator[str]:
        """Every kept digest, for housekeeping."""
        for place in self._files.glob("??/*"):
            if _DIGEST.fullmatch(place.name):
                yield place.name

    def put_volatile(self, name: str, content: bytes) -> None:
        """Replace a small file that may be lost, such as a machine's last camera picture."""
        place = self._volatile_place(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        arriving = place.with_name(f".{place.name}-{secrets.token_hex(6)}")
        arriving.write_bytes(content)
        arriving.replace(place)

    def volatile(self, name: str) -> bytes | None:
        try:
            return self._volatile_place(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove_volatile(self, name: str) -> None:
        self._volatile_place(name).unlink(missing_ok=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one piece of work; gone afterwards."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def _receive(self, stream: BinaryIO, arriving: Path, largest: int) -> Kept:
        digest, size = hashlib.sha256(), 0
        with arriving.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > largest:
                    raise TooLarge(largest)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return Kept(digest.hexdigest(), size)

    def _settle(self, arriving: Path, sha256: str) -> None:
        place = self._place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            arriving.chmod(0o440)
            arriving.replace(place)

    def _place(self, sha256: str) -> Path:
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"not a digest: {sha256!r}")
        return self._files / sha256[:2] / sha256

    def _volatile_place(self, name: str) -> Path:
        if not _VOLATILE.fullmatch(name):
            raise ValueError(f"not a name of ours: {name!r}")
        return self._volatile / name
