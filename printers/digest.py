"""The digest by which machines and we know that a file arrived whole."""

import hashlib
from pathlib import Path


def sha1(path: Path) -> str:
    """The SHA-1 of a file's content in hexadecimal, as OctoPrint reports it for its files."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()
