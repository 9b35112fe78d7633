"""STL, binary and text, read by numpy alone: nothing in the file is believed that its length does not bear out."""

import re
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import gates
from fabqueue.analysis.findings import AnalysisError, Finding, Severity

_HEADER = 84
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_CHUNK = 8 * gates.MIB
_VERTEX = re.compile(rb"\bvertex\s+(\S+\s+\S+\s+\S+)")


def read(path: Path) -> tuple[NDArray[np.float64], list[Finding]]:
    """The triangles (n, 3, 3) of an STL file in its own unit, and what was odd about the file.

    Raises AnalysisError for a file that is no STL, is cut off, or holds too many triangles.
    """
    data = path.read_bytes()
    if _announced(data) is not None and len(data) == _HEADER + 50 * int(_announced(data) or 0):
        return _binary(data, int(_announced(data) or 0)), []
    if _looks_like_text(data):
        return _text(data), []
    return _odd_binary(data)


def _announced(data: bytes) -> int | None:
    """The triangle count in the header of a binary file, or None where the file is shorter than a header."""
    return int.from_bytes(data[80:84], "little") if len(data) >= _HEADER else None


def _looks_like_text(data: bytes) -> bool:
    start = data[:4096].lstrip().lower()
    return start.startswith(b"solid") and (b"facet" in start or b"endsolid" in start)


def _binary(data: bytes, count: int) -> NDArray[np.float64]:
    gates.check_triangles(count)
    facets = np.frombuffer(data, _FACET, count, _HEADER)
    return facets["corners"].astype(np.float64)


def _odd_binary(data: bytes) -> tuple[NDArray[np.float64], list[Finding]]:
    """A binary file whose count and length disagree: the length decides, as in PrusaSlicer, when it makes sense."""
    announced, body = _announced(data), len(data) - _HEADER
    if announced is None or body < _FACET.itemsize:
        raise AnalysisError("file_not_stl")
    whole, rest = divmod(body, _FACET.itemsize)
    if rest and announced > whole:
        raise AnalysisError("file_not_stl" if announced > 2 * whole + 100 else "file_truncated")
    count = whole if not rest else announced
    if count == 0:
        raise AnalysisError("file_not_stl")
    note = Finding("file_stl_count_wrong", Severity.WARNING, {"announced": announced, "count": count})
    return _binary(data, count), [note] if announced != whole else []


def _text(data: bytes) -> NDArray[np.float64]:
    """Chunks that end behind a facet: one list of corner texts at a time stays small."""
    blocks: list[NDArray[np.float64]] = []
    at, corners = 0, 0
    while at < len(data):
        end = _chunk_end(data, at)
        block = _numbers(_VERTEX.findall(data[at:end].lower()))
        at, corners = end, corners + len(block)
        gates.check_triangles(corners // 3)
        blocks.append(block)
    if corners == 0:
        raise AnalysisError("mesh_nothing_inside")
    if corners % 3:
        raise AnalysisError("file_truncated")
    return np.concatenate(blocks).reshape(-1, 3, 3)


def _chunk_end(data: bytes, at: int) -> int:
    if at + _CHUNK >= len(data):
        return len(data)
    end = max(data.rfind(word, at, at + _CHUNK) for word in (b"endfacet", b"ENDFACET", b"EndFacet", b"endFacet"))
    if end < 0:
        raise AnalysisError("file_not_stl")
    return end + len(b"endfacet")


def _numbers(texts: list[bytes]) -> NDArray[np.float64]:
    """Corner texts "x y z" as an array (n, 3)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            flat = np.fromstring(b" ".join(texts), dtype=np.float64, sep=" ")
        except (ValueError, DeprecationWarning) as error:
            raise AnalysisError("file_bad_number") from error
    if flat.size != 3 * len(texts):
        raise AnalysisError("file_bad_number")
    return flat.reshape(-1, 3)
