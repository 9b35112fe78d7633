"""Cheap gates in front of every parser: sizes and counts that can be known without parsing.

`check_file` costs one `stat` and may run anywhere. Everything that opens a file runs in the sandboxed child.
"""

import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.kinds import Kind, kind_of, refusal

MIB = 1024**2
MAX_BYTES = {Kind.MESH: 256 * MIB, Kind.DRAWING: 32 * MIB, Kind.TOOLPATH: 512 * MIB}
MAX_TRIANGLES = 2_000_000
MAX_MEMBERS = 2_000
MAX_UNZIPPED_BYTES = 256 * MIB
MAX_RATIO = 200
RATIO_FROM_BYTES = 32 * MIB
MAX_INSTANCES = 20_000
MAX_DEPTH = 32
SMALLEST_MM, LARGEST_MM = 0.1, 2000.0
"""Largest extents outside of these are no workshop part, or in another unit."""
BEYOND_MM, FAR_AWAY_MM = 100_000.0, 1e9


def check_file(path: Path, filename: str) -> Kind:
    """The kind of a stored file that is worth opening.

    Raises AnalysisError for its format or its size, FileNotFoundError when there is none.
    """
    kind = kind_of(filename)
    if kind is None:
        raise AnalysisError(*refusal(filename))
    size = path.stat().st_size
    if not path.is_file() or not os.access(path, os.R_OK):
        raise AnalysisError("file_unreadable")
    if size == 0:
        raise AnalysisError("file_empty")
    if size > MAX_BYTES[kind]:
        raise AnalysisError("file_too_big", {"size_bytes": size, "limit_bytes": MAX_BYTES[kind]})
    return kind


def check_triangles(count: int) -> None:
    """Raises AnalysisError when a mesh claims or holds more triangles than a part needs."""
    if count > MAX_TRIANGLES:
        raise AnalysisError("mesh_too_many_triangles", {"count": count, "limit": MAX_TRIANGLES})


def check_reach(low_mm: Sequence[float], high_mm: Sequence[float]) -> None:
    """Raises AnalysisError for a box that no unit explains: every figure about it would be noise."""
    longest = max(high - low for low, high in zip(low_mm, high_mm, strict=True))
    farthest = max(abs(each) for each in (*low_mm, *high_mm))
    if longest > BEYOND_MM or farthest > FAR_AWAY_MM:
        raise AnalysisError("mesh_beyond_measure", {"limit_mm": BEYOND_MM})


def check_archive(members: Iterable[zipfile.ZipInfo]) -> None:
    """Raises AnalysisError when the directory of a zip announces too many members or too much when unpacked."""
    listed = list(members)
    if len(listed) > MAX_MEMBERS:
        raise AnalysisError("file_zip_bomb", {})
    total, packed = sum(each.file_size for each in listed), sum(each.compress_size for each in listed)
    if total > MAX_UNZIPPED_BYTES or (total > RATIO_FROM_BYTES and total > MAX_RATIO * max(packed, 1)):
        raise AnalysisError("file_zip_bomb", {})
    if any(each.flag_bits & 1 for each in listed):
        raise AnalysisError("file_encrypted", {})
