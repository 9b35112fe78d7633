"""OBJ through trimesh, behind gates of our own; materials, textures and other files it names are never opened."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trimesh.exchange.obj import load_obj
from trimesh.geometry import triangulate_quads
from trimesh.util import wrap_as_stream

from fabqueue.analysis import gates
from fabqueue.analysis.findings import AnalysisError

_MAX_LINES = 4_000_000
_MAX_LINE = 1 * gates.MIB


def read(path: Path) -> NDArray[np.float64]:
    """The triangles (n, 3, 3) of an OBJ file in its own unit; polygons become fans.

    Raises AnalysisError for a file that holds no faces, names corners it does not have, or is too large.
    """
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    _check_lines(text)
    corners, faces = _parse(text)
    if not len(faces):
        raise AnalysisError("mesh_nothing_inside")
    gates.check_triangles(len(faces))
    if faces.min() < 0 or faces.max() >= len(corners):
        raise AnalysisError("file_obj_index")
    return corners[faces]


def _check_lines(text: str) -> None:
    lines = text.count("\n") + 1
    if lines > _MAX_LINES:
        raise AnalysisError("file_too_many_lines", {"count": lines, "limit": _MAX_LINES})
    if len(max(text.split("\n"), key=len)) > _MAX_LINE:
        raise AnalysisError("file_not_obj")
    if "\nv " not in f"\n{text[: 4 * gates.MIB]}" and "\nv\t" not in f"\n{text[: 4 * gates.MIB]}":
        raise AnalysisError("file_not_obj")


def _parse(text: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Corners (n, 3) and faces (m, 3) of everything in the file."""
    try:
        # it averages texture coordinates even where there are none, and warns
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            loaded = load_obj(wrap_as_stream(text), resolver=None, skip_materials=True, maintain_order=True)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise AnalysisError("file_not_obj") from error
    parts = list(loaded["geometry"].values()) if "geometry" in loaded else [loaded]
    return _joined([part for part in parts if len(part.get("faces", ()))])


def _joined(parts: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    corners, faces, before = [np.empty((0, 3))], [np.empty((0, 3), np.int64)], 0
    for part in parts:
        corners.append(np.asarray(part["vertices"], np.float64))
        faces.append(triangulate_quads(part["faces"]).astype(np.int64) + before)
        before += len(corners[-1])
    return np.concatenate(corners), np.concatenate(faces)
