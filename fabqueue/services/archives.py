"""Everything of a project in one zip: which files, and names that no computer stumbles over."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from fabqueue.models import Design, Photo, Revision

LONGEST = 100
"""Characters of a name."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}


@dataclass(frozen=True)
class Entry:
    """One stored file and its path inside the zip."""

    path: str
    sha256: str


class Names:
    """Gives safe names, each once in a folder, whatever letters are large or small."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def path(self, folder: str, name: str) -> str:
        """`folder/name` with a name that is safe and free."""
        plain = safe(name)
        stem, ending = PurePath(plain).stem, PurePath(plain).suffix
        path, number = f"{folder}/{plain}", 2
        while path.casefold() in self._taken:
            path, number = f"{folder}/{stem} ({number}){ending}", number + 1
        self._taken.add(path.casefold())
        return path


def safe(name: str) -> str:
    """`name` without anything that leads out of a folder or that some system forbids; its ending stays."""
    plain = unicodedata.normalize("NFC", name)
    plain = "".join("_" if each in _FORBIDDEN or unicodedata.category(each)[0] == "C" else each for each in plain)
    plain = plain.strip(". ") or "file"
    stem, ending = PurePath(plain).stem, PurePath(plain).suffix[:20]
    if stem.partition(".")[0].strip().casefold() in _RESERVED:
        stem = f"_{stem}"
    return f"{stem[: LONGEST - len(ending)].rstrip('. ')}{ending}"


def entries(designs: Sequence[Design]) -> list[Entry]:
    """The latest revision of each design, and the earlier ones in a folder of their own."""
    names = Names()
    latest = [_entry(names.path("files", each.latest.filename), each.latest) for each in designs]
    older = [
        _entry(names.path(f"earlier/revision {revision.number}", revision.filename), revision)
        for design in designs
        for revision in design.revisions[:-1]
    ]
    return [*latest, *older]


def _entry(path: str, revision: Revision) -> Entry:
    return Entry(path, revision.sha256)


def pictures(photos: Sequence[Photo]) -> list[Entry]:
    """The large picture of each photo."""
    return [Entry(picture(each.id), each.large_sha256) for each in photos if each.large_sha256]


def picture(key: str) -> str:
    """The path of a photo inside the zip."""
    return f"pictures/{key}.jpg"


def size(designs: Sequence[Design]) -> int:
    """Bytes of the designs in it."""
    return sum(revision.file.size for design in designs for revision in design.revisions)
