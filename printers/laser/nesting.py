"""Which lines lie inside which: what is inside is cut first, and is a hole where the outlines around it are odd."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from printers.laser.contours import Contour
from printers.laser.toolpath import Ints
from printers.laser.work import Floats
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
    areas = _areas(lines)
    inner, around = _inside(lines, rings, areas)
    np.add.at(depth, inner, 1)
    order = np.lexsort((-areas[around], inner))  # the smallest one last
    outer[inner[order]] = around[order]
    return Nesting(outer, depth)


def _inside(lines: Sequence[Contour], rings: Ints, areas: Floats) -> tuple[Ints, Ints]:
    """Pairs of a line and a ring that it lies in."""
    polygons = _polygons([lines[ring] for ring in rings])
    inner, around = shapely.STRtree(shapely.envelope(polygons)).query(_boxes(lines), predicate="covered_by")
    smaller = (areas[inner] < areas[rings[around]]) & (inner != rings[around])
    inner, around = inner[smaller], around[smaller]
    if len(inner) > MOST_PAIRS:
        raise PlanError("laser_nested_too_deep")
    places = _places(lines, rings, polygons)
    shapely.prepare(polygons)
    inside = shapely.contains_xy(polygons[around], *places[inner].T)
    return inner[inside], rings[around[inside]]


def _polygons(rings: Sequence[Contour]) -> NDArray[np.object_]:
    owner = np.repeat(np.arange(len(rings)), [len(each.points) for each in rings])
    found: NDArray[np.object_] = shapely.polygons(
        shapely.linearrings(np.concatenate([each.points for each in rings]), indices=owner)
    )
    return found


def _boxes(lines: Sequence[Contour]) -> NDArray[np.object_]:
    points, first = _together(lines)
    sides = np.concatenate([least.reduceat(points, first, axis=0) for least in (np.minimum, np.maximum)], axis=1)
    found: NDArray[np.object_] = shapely.box(*sides.T)
    return found


def _areas(lines: Sequence[Contour]) -> Floats:
    """Of rings in mm² (n,); none of open lines."""
    points, first = _together(lines)
    x, y = (points - np.repeat(points[first], np.diff(first, append=len(points)), axis=0)).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    cross[np.append(first[1:], len(points)) - 1] = 0.0  # nothing leads from one line to the next
    found: Floats = np.abs(np.add.reduceat(cross, first)) / 2 * [each.closed for each in lines]
    return found


def _together(lines: Sequence[Contour]) -> tuple[Floats, Ints]:
    """All points, and where those of each line begin."""
    counts = np.array([len(each.points) for each in lines])
    return np.concatenate([each.points for each in lines]), np.cumsum(counts) - counts


def _places(lines: Sequence[Contour], rings: Ints, polygons: NDArray[np.object_]) -> Floats:
    """A point (n, 2) of each line's own: within a ring, in the middle of an open one."""
    points, first = _together(lines)
    middle = first + (np.diff(first, append=len(points)) - 1) // 2
    found: Floats = (points[middle] + points[middle + 1]) / 2
    within = shapely.point_on_surface(polygons)
    known = ~shapely.is_empty(within)
    found[rings[known]] = shapely.get_coordinates(within[known])
    return found
