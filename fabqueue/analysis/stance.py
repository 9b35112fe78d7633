"""How a part stands as it lies in its file: what it rests on, and how steeply it hangs over."""

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis.findings import Finding, Severity

_LAYER_MM = 0.3
"""Faces within a first layer of the lowest point rest on the bed."""

_STEEP_DEGREES = 50.0
"""From the vertical: steeper overhangs want supports on most printers."""

_LEAST_MM2 = 25.0
_LEAST_SHARE = 0.002
_SMALL_FOOT_SHARE = 0.02

Floats = NDArray[np.float64]


def findings(triangles: Floats, vectors: Floats) -> list[Finding]:
    """Findings about supports and the resting face; `vectors` (n, 3) are the outward area vectors of `triangles`."""
    areas = np.linalg.norm(vectors, axis=1)
    down = -vectors[:, 2] / np.maximum(areas, 1e-12)
    heights = triangles[:, :, 2]
    on_bed = heights.max(axis=1) < heights.min() + _LAYER_MM
    hanging = _hanging(down[~on_bed], areas[~on_bed], float(areas.sum()))
    resting = float(areas[on_bed & (down > 0.99)].sum())
    return [hanging, _resting(resting, triangles)]


def _hanging(down: Floats, areas: Floats, whole: float) -> Finding:
    angles = np.degrees(np.arcsin(np.clip(down, -1, 1)))
    steep = float(areas[angles > _STEEP_DEGREES].sum())
    if steep > max(_LEAST_MM2, _LEAST_SHARE * whole):
        return Finding("mesh_needs_supports", Severity.WARNING, {"area_mm2": round(steep, 1)})
    return Finding("mesh_stands_free", Severity.OK, {"angle_degrees": round(_steepest(angles, areas))})


def _steepest(angles: Floats, areas: Floats) -> float:
    """The steepest overhang among those that count for more than a speck, in degrees from the vertical, at least 0."""
    order = np.argsort(-angles)
    enough = np.flatnonzero(np.cumsum(areas[order]) > 1.0)
    steepest = float(angles[order[enough[0]]]) if len(enough) else 0.0
    return min(max(steepest, 0.0), _STEEP_DEGREES)


def _resting(area: float, triangles: Floats) -> Finding:
    corners = triangles.reshape(-1, 3)
    width, depth, height = corners.max(axis=0) - corners.min(axis=0)
    values = {"area_mm2": round(area, 1)}
    if area < _SMALL_FOOT_SHARE * width * depth or area < 0.02 * height**2:
        return Finding("mesh_small_foot", Severity.WARNING, values)
    return Finding("mesh_flat_foot", Severity.OK, values)
