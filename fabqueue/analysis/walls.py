"""How thick the walls of a part are, by rays cast inwards from points spread over its surface; needs embree."""

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import embree
from fabqueue.analysis.camera import crowding
from fabqueue.analysis.findings import Finding, Severity

_POINTS = 4000
_MOST_TRIANGLES = 200_000
_TANGLED = 200.0
_THIN_MM = 0.75
"""Below this a 0.4 mm nozzle has no room for two lines."""

_LEAST_SHARE = 0.005
_STEP_MM = 1e-3
_FACING = -0.9
"""Only where the far side faces back, within 25 degrees, is the distance a wall's thickness and not an edge's."""

Floats = NDArray[np.float64]


def findings(triangles: Floats, vectors: Floats) -> list[Finding]:
    """A finding about walls of a closed part with outward area vectors (n, 3); none where it cannot be told."""
    if len(triangles) > _MOST_TRIANGLES or crowding(triangles) > _TANGLED:
        return []
    triangles = triangles - triangles.reshape(-1, 3).mean(axis=0)
    rays = embree.rays(triangles)
    thickness = _thickness(rays, triangles, vectors) if rays else np.empty(0)
    if len(thickness) < _LEAST_SHARE * _POINTS:
        return []
    thin = thickness[thickness < _THIN_MM]
    if len(thin) > _LEAST_SHARE * _POINTS:
        share = 100 * len(thin) / _POINTS
        values = {"wall_mm": round(float(np.median(thin)), 2), "share_percent": round(share, 1)}
        return [Finding("mesh_thin_walls", Severity.WARNING, values)]
    thinnest = float(np.quantile(thickness, _LEAST_SHARE))
    return [Finding("mesh_walls_thick_enough", Severity.OK, {"wall_mm": round(max(thinnest, _THIN_MM), 2)})]


def _thickness(rays: embree.Rays, triangles: Floats, vectors: Floats) -> Floats:
    """Distances in mm from points of the surface to the far side of the wall they belong to."""
    areas = np.linalg.norm(vectors, axis=1)
    normals = vectors / np.maximum(areas, 1e-30)[:, None]
    chosen, points = _points(triangles, areas)
    seen, distance = rays.first(points - _STEP_MM * normals[chosen], -normals[chosen])
    facing = np.einsum("ij,ij->i", normals[chosen], normals[seen])
    return np.asarray(distance[(seen >= 0) & (facing < _FACING)] + _STEP_MM, np.float64)


def _points(triangles: Floats, areas: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Triangles by chance according to area, and a point by chance on each; the same every time."""
    random = np.random.default_rng(1)
    chosen = np.searchsorted(np.cumsum(areas), random.random(_POINTS) * areas.sum()).clip(0, len(areas) - 1)
    across = np.sqrt(random.random(_POINTS))[:, None]
    along = random.random(_POINTS)[:, None]
    a, b, c = triangles[chosen].transpose(1, 0, 2)
    return chosen.astype(np.int64), (1 - across) * a + across * (1 - along) * b + across * along * c
