"""Whether a unit is to be doubted: an STL or OBJ file states none, and sizes give a wrong one away."""

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis.findings import Finding, Severity
from fabqueue.analysis.mesh import Mesh

_TINY_MM = 5.0
_WIDE_MM = 1000.0
_METRE_LIKE_MM = 0.5
_SIXTEENTHS = 16


def doubts(mesh: Mesh, extents_mm: NDArray[np.float64]) -> list[Finding]:
    """One finding about the unit, a warning where it is doubtful; it is read at face value all the same."""
    if mesh.declared:
        return [Finding("mesh_unit_stated", Severity.OK, {"unit": mesh.units})]
    code = _doubt(extents_mm)
    if code is None:
        return [Finding("mesh_unit_plausible", Severity.OK)]
    largest = float(extents_mm.max())
    values = {
        "largest_mm": round(largest, 4),
        "as_inches_mm": round(largest * 25.4, 3),
        "as_metres_mm": round(largest * 1000, 3),
        "from_inches_mm": round(largest / 25.4, 3),
        "from_metres_mm": round(largest / 1000, 3),
    }
    return [Finding(code, Severity.WARNING, values)]


def _doubt(extents_mm: NDArray[np.float64]) -> str | None:
    largest = float(extents_mm.max())
    if largest < _METRE_LIKE_MM:
        return "mesh_unit_maybe_metres"
    if largest < _TINY_MM or _in_sixteenths(extents_mm):
        return "mesh_unit_maybe_inches"
    if largest > _WIDE_MM:
        return "mesh_unit_maybe_too_large"
    return None


def _in_sixteenths(extents_mm: NDArray[np.float64]) -> bool:
    """A part below a foot whose sides are whole sixteenths, and not all whole tenths: drawn in inches."""
    sixteenths, tenths = extents_mm * _SIXTEENTHS, extents_mm * 10
    return bool(
        extents_mm.max() < 12
        and np.allclose(sixteenths, np.round(sixteenths), atol=1e-3)
        and not np.allclose(tenths, np.round(tenths), atol=1e-3)
    )
