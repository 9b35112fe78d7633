"""Any mesh file to one soup of triangles in millimetres: the reader of its format, its unit, finite corners only."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import gates, obj, stl, threemf
from fabqueue.analysis.findings import AnalysisError, Finding, Severity

UNITS_MM = {"um": 0.001, "mm": 1.0, "cm": 10.0, "in": 25.4, "ft": 304.8, "m": 1000.0}
"""Millimetres per unit, under the short names that reports use."""

_ALIASES = {
    "micron": "um", "micrometer": "um", "millimeter": "mm", "millimetre": "mm", "millimeters": "mm", "centimeter": "cm",
    "centimetre": "cm", "inch": "in", "inches": "in", '"': "in", "foot": "ft", "feet": "ft", "meter": "m", "metre": "m",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mesh:
    """A part as it lies in its file: triangles (n, 3, 3) in mm, n >= 1, all finite, all with their winding.

    units is the short name of the unit it was read in, declared whether the file or a person named it.
    """

    triangles: NDArray[np.float64]
    units: str
    declared: bool
    notes: list[Finding] = field(default_factory=list)


def unit_name(units: str) -> str:
    """The short name of a unit somebody named. Raises AnalysisError for one nobody here knows."""
    name = units.strip().lower()
    name = _ALIASES.get(name, name)
    if name not in UNITS_MM:
        raise AnalysisError("file_unit_unknown", {"given": units[:40]})
    return name


def load(path: Path, ending: str, units: str | None = None) -> Mesh:
    """Read the mesh file `path` in the format of `ending` (".stl", ".3mf", ".obj").

    units overrides what the file says. Raises AnalysisError when it cannot be read or holds no triangle.
    """
    triangles, stated, notes = _read(path, ending)
    if not len(triangles):
        raise AnalysisError("mesh_nothing_inside")
    finite = np.asarray(np.isfinite(triangles).all(axis=(1, 2)), np.bool_)
    if not finite.all():
        lost = int(len(finite) - finite.sum())
        notes = [*notes, Finding("mesh_not_finite", Severity.BLOCKER, {"count": lost})]
        triangles = triangles[finite]
    if not len(triangles):
        raise AnalysisError("mesh_not_finite", {"count": len(finite)})
    name = unit_name(units or stated or "mm")
    scaled = triangles * UNITS_MM[name]
    corners = scaled.reshape(-1, 3)
    gates.check_reach(corners.min(axis=0).tolist(), corners.max(axis=0).tolist())
    return Mesh(scaled, name, bool(units or stated), notes)


def _read(path: Path, ending: str) -> tuple[NDArray[np.float64], str | None, list[Finding]]:
    """Triangles, the unit the file declares or None, and notes."""
    if ending == ".3mf":
        return threemf.read(path)
    if ending == ".obj":
        return obj.read(path), None, []
    triangles, notes = stl.read(path)
    gates.check_triangles(len(triangles))
    return triangles, None, notes
