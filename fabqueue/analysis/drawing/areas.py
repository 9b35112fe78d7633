"""Areas of fills, by the rule that the shape names."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.shapes import Shape

MOST_POINTS = 20_000
"""Shapes with more points have their rings taken as properly nested, which needs no intersections."""


def filled_mm2(shape: Shape) -> float:
    """Area in mm² that the fill of `shape` covers; open contours are closed, as renderers do."""
    rings = [ring for ring in shape.contours if len(ring) > 2]
    if not rings:
        return 0.0
    if len(rings) == 1 and _is_simple(rings[0]):
        return abs(_signed(rings[0]))
    if sum(map(len, rings)) > MOST_POINTS:
        return abs(sum(_signed(ring) for ring in rings))
    return float(shapely.area(_faces(rings, even_odd=shape.even_odd)).sum())


def covered(shape: Shape) -> Geometry:
    """What the fill of `shape` covers."""
    rings = [ring for ring in shape.contours if len(ring) > 2]
    if not rings:
        return shapely.Polygon()
    if len(rings) == 1 and _is_simple(rings[0]):
        return shapely.Polygon(rings[0])
    lines = [shapely.LinearRing(ring) for ring in rings]
    if sum(map(len, rings)) > MOST_POINTS:
        return shapely.build_area(shapely.geometrycollections(lines))
    return shapely.union_all(_faces(rings, even_odd=shape.even_odd))


def contours_of(area: Geometry) -> list[Floats]:
    """The outlines of polygons, which by the even-odd rule cover the same."""
    rings = [ring for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)
             for ring in (part.exterior, *part.interiors)]  # fmt: skip
    return [shapely.get_coordinates(ring) for ring in rings]


def _signed(ring: Floats) -> float:
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _is_simple(ring: Floats) -> bool:
    return len(ring) <= MOST_POINTS and bool(shapely.LinearRing(ring).is_simple)


def _faces(rings: list[Floats], *, even_odd: bool) -> NDArray[np.object_]:
    """The faces between all lines whose winding number counts."""
    lines = shapely.union_all([shapely.LinearRing(ring) for ring in rings])
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    winding = sum((_winding(ring, inside) for ring in rings), np.zeros(len(inside), dtype=np.int64))
    counts = winding % 2 == 1 if even_odd else winding != 0
    found: NDArray[np.object_] = faces[counts]
    return found


def _winding(ring: Floats, points: Floats) -> np.typing.NDArray[np.int64]:
    """How often `ring` runs around each of `points` (n, 2)."""
    start, end = ring, np.roll(ring, -1, axis=0)
    found = np.zeros(len(points), dtype=np.int64)
    for index, (x, y) in enumerate(points):
        up, down = (start[:, 1] <= y) & (end[:, 1] > y), (start[:, 1] > y) & (end[:, 1] <= y)
        side = (end[:, 0] - start[:, 0]) * (y - start[:, 1]) - (x - start[:, 0]) * (end[:, 1] - start[:, 1])
        found[index] = np.count_nonzero(up & (side > 0)) - np.count_nonzero(down & (side < 0))
    return found
