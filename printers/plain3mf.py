"""A 3MF without the wishes of whoever made it: run in a child process as `python -m printers.plain3mf IN OUT`.

A slicer's project carries print settings, settings for single objects and G-code to insert at a height. All of it
would go before the lab's own profile, the G-code straight to the machine. What is kept is listed here: the shapes, and
which volume is a part, a modifier or a support blocker.
"""

import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAX_UNPACKED = 512 << 20
MAX_PARTS = 10_000
MAX_DESCRIPTION = 4 << 20
CHUNK = 1 << 20

_SHAPES = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|3D/[^\\]*\.model|3D/[^\\]*\.rels", re.IGNORECASE)
_DESCRIPTION = "Metadata/Slic3r_PE_model.config"
# of a volume: what it is and where it lies, never how to print it
_KEPT = {"name", "volume_type", "modifier", "matrix"}


class Unacceptable(Exception):
    """The archive is none, or larger than anything sensible."""


def make_plain(source: Path, target: Path) -> None:
    """Copy the shapes of a 3MF. Raises Unacceptable."""
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
            _copy(old, new)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ElementTree.ParseError) as error:
        raise Unacceptable(str(error)) from error


def _copy(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
    entries = old.infolist()
    if len(entries) > MAX_PARTS:
        raise Unacceptable(f"{len(entries)} parts")
    left = MAX_UNPACKED
    for entry in entries:
        if _SHAPES.fullmatch(entry.filename):
            left -= _copy_part(old, entry, new, left)
        elif entry.filename == _DESCRIPTION and entry.file_size <= MAX_DESCRIPTION:
            new.writestr(_DESCRIPTION, _described(old.read(entry)))


def _copy_part(old: zipfile.ZipFile, entry: zipfile.ZipInfo, new: zipfile.ZipFile, most: int) -> int:
    """Bytes copied. The sizes that an archive states may be false, so they are counted."""
    copied = 0
    with old.open(entry) as part, new.open(entry.filename, "w", force_zip64=True) as copy:
        while piece := part.read(CHUNK):
            copied += len(piece)
            if copied > most:
                raise Unacceptable("unpacks to more than the limit")
            copy.write(piece)
    return copied


def _described(description: bytes) -> bytes:
    if b"<!DOCTYPE" in description or b"<!ENTITY" in description:
        raise Unacceptable("declares entities")
    tree = ElementTree.fromstring(description)  # noqa: S314  no entities, bounded, in a child process
    for owner in tree.iter():
        for note in owner.findall("metadata"):
            if note.get("type") != "volume" or note.get("key") not in _KEPT:
                owner.remove(note)
    plain: bytes = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return plain


def main() -> int:
    try:
        make_plain(Path(sys.argv[1]), Path(sys.argv[2]))
    except Unacceptable as error:
        print(f"not a usable 3MF: {error}")  # noqa: T201  read by the parent
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
