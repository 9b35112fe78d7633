"""Which lines lie inside which: what is inside is cut first, and is a hole where the outlines around it are odd."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from printers.laser.contours import Contour
from printers.laser.toolpath import Ints
from printers.lasers import PlanError

MOST_PAIRS = 3_000_000
"""Outlines with a box inside another one's box."""


@dataclass(frozen=True, eq=False)
class Nesting:
    """For each line the smallest outline around it (`outer`, -1 for none) and how many there are (`depth`)."""

    outer: Ints
    depth: Ints


def nesting(lines: Sequence[Contour]) -> Nesting:
    """Raises PlanError when too many lie inside one another."""
    outer, depth = np.full(len(lines), -1), np.zeros(len(lines), dtype=np.int64)
    rings = np.flatnonzero([each.closed for each in lines])
    if not len(rings):
        return Nesting(outer, depth)
    inner, around = _inside(lines, rings)
    np.add.at(depth, inner, 1)
    areas = np.array([_area(each) for each in lines])
    order = np.lexsort((-areas[around], inner))  # the smallest one last
    outer[inner[order]] = around[order]
    return Nesting(outer, depth)


def _inside(lines: Sequence[Contour], rings: Ints) -> tuple[Ints, Ints]:
    """Pairs of a line and a ring that it lies in."""
    polygons = shapely.polygons([shapely.linearrings(lines[ring].points) for ring in rings])
    boxes = shapely.box(*np.array([_bounds(each) for each in lines]).T)
    inner, around = shapely.STRtree(shapely.envelope(polygons)).query(boxes, predicate="covered_by")
    areas = np.array([_area(each) for each in lines])
    smaller = (areas[inner] < areas[rings[around]]) & (inner != rings[around])
    inner, around = inner[smaller], around[smaller]
    if len(inner) > MOST_PAIRS:
        raise PlanError("laser_nested_too_deep")
    shapely.prepare(polygons)
    places = np.array([_place(each) for each in lines])
    inside = shapely.contains_xy(polygons[around], *places[inner].T)
    return inner[inside], rings[around[inside]]


def _bounds(line: Contour) -> tuple[float, float, float, float]:
    low, high = line.points.min(axis=0), line.points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _area(line: Contour) -> float:
    """Of a ring in mm²; none of an open line."""
    if not line.closed:
        return 0.0
    x, y = line.points.T
    return abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())) / 2


def _place(line: Contour) -> tuple[float, float]:
    """A point of a line's own: within a ring, in the middle of an open one."""
    if line.closed:
        found = shapely.point_on_surface(shapely.Polygon(line.points))
        if not shapely.is_empty(found):
            return float(shapely.get_x(found)), float(shapely.get_y(found))
    middle = line.points[(len(line.points) - 1) // 2 : (len(line.points) - 1) // 2 + 2].mean(axis=0)
    return float(middle[0]), float(middle[1])
