"""What becomes of the pieces that a laser cuts: those too narrow for its gap, and those that drop out of others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from fabqueue.analysis.drawing.doubles import SAME_MM
from fabqueue.analysis.drawing.ends import joined
from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.drawing.shapes import CLOSED_MM

MOST_POINTS, MOST_LINES = 60_000, 4_000
"""Beyond these no lines are compared with each other: it would take longer than reading the drawing."""


@dataclass(frozen=True)
class Narrow:
    """How many times something is narrower than the gap, and where (n, 2) in mm."""

    count: int
    places: Floats


@dataclass(frozen=True)
class Dropping:
    """Pieces inside of others: how many, the size of the smallest in mm, and the middles (n, 2) of the smallest."""

    count: int
    smallest_mm: tuple[float, float]
    places: Floats


def narrow(lines: list[Floats], kerf_mm: float) -> Narrow:
    """Closed contours that are slimmer than the gap of `kerf_mm`, and contours that come nearer than that."""
    closed = [line for line, meets in _meeting(lines) if meets and len(line) > 2]
    slim = [line.mean(axis=0) for line, width in zip(closed, _widths(closed), strict=True) if width < kerf_mm]
    near = _near(lines, kerf_mm) if kerf_mm > SAME_MM else np.zeros((0, 2))
    return Narrow(len(slim) + len(near), np.concatenate([np.reshape(slim, (-1, 2)), near]))


def _meeting(lines: list[Floats]) -> Iterator[tuple[Floats, bool]]:
    """The lines, and whether each ends where it starts."""
    return zip(lines, Polylines.of(lines).meeting(CLOSED_MM).tolist(), strict=True)


def _widths(closed: list[Floats]) -> Floats:
    """The shorter sides (n,) of the rectangles that have the areas and circumferences of closed contours."""
    if not closed:
        return np.zeros(0)
    points, first = np.concatenate(closed), np.cumsum([0, *map(len, closed)])[:-1]
    here, there = points, np.roll(points, -1, axis=0)
    last = np.r_[first[1:], len(points)] - 1
    origin = np.repeat(points[first], np.diff(np.r_[first, len(points)]), axis=0)
    cross = (here - origin)[:, 0] * (there - origin)[:, 1] - (there - origin)[:, 0] * (here - origin)[:, 1]
    length = np.hypot(*(there - here).T)
    cross[last] = length[last] = 0.0
    area, half = np.abs(np.add.reduceat(cross, first)) / 2, np.add.reduceat(length, first) / 2
    found: Floats = (half - np.sqrt(np.maximum(half**2 - 4 * area, 0))) / 2
    return found


def _near(lines: list[Floats], kerf_mm: float) -> Floats:
    """Where (n, 2) two lines that are not joined come nearer than the gap without touching."""
    if not 1 < len(lines) <= MOST_LINES or sum(map(len, lines)) > MOST_POINTS:
        return np.zeros((0, 2))
    drawn = _drawn(lines)
    one, other = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=kerf_mm)
    group = joined(np.concatenate([line[[0, -1]] for line in lines])).reshape(-1, 2)
    apart = (one < other) & ~(group[one][:, :, None] == group[other][:, None, :]).any(axis=(1, 2))
    between = shapely.get_coordinates(shapely.shortest_line(drawn[one[apart]], drawn[other[apart]])).reshape(-1, 2, 2)
    gap = np.hypot(*(between[:, 1] - between[:, 0]).T)
    wide: Floats = between.mean(axis=1)[gap > SAME_MM]
    return wide


def _drawn(lines: list[Floats]) -> NDArray[np.object_]:
    which = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    made: NDArray[np.object_] = shapely.linestrings(np.concatenate(lines), indices=which)
    return made


def dropping(lines: list[Floats]) -> Dropping:
    """The pieces that closed contours cut out of others; lines whose ends meet make contours too."""
    none = Dropping(0, (0.0, 0.0), np.zeros((0, 2)))
    if not 1 < len(lines) <= MOST_LINES or sum(map(len, lines)) > MOST_POINTS:
        return none
    rings = _rings(lines)
    if len(rings) < 2:
        return none
    pieces = shapely.polygons(rings)
    first = shapely.get_point(shapely.get_exterior_ring(pieces), 0)
    inner, outer = shapely.STRtree(pieces).query(first, predicate="within")
    inside = np.unique(inner[shapely.area(pieces[outer]) > shapely.area(pieces[inner])])
    if not len(inside):
        return none
    left, top, right, bottom = shapely.bounds(pieces[inside]).T
    order = np.argsort(np.maximum(right - left, bottom - top), kind="stable")
    middle = np.c_[(left + right) / 2, (top + bottom) / 2][order]
    small = order[0]
    return Dropping(len(inside), (float((right - left)[small]), float((bottom - top)[small])), middle)


def _rings(lines: list[Floats]) -> NDArray[np.object_]:
    closed = [line for line, meets in _meeting(lines) if meets and len(line) > 3]
    others = [line for line, meets in _meeting(lines) if not meets]
    found = [shapely.linearrings(line) for line in closed]
    if others:
        ends = np.concatenate([line[[0, -1]] for line in others])
        group = joined(ends)
        meeting = ends[np.unique(group, return_index=True)[1]][group].reshape(-1, 2, 2)
        chains = [np.r_[meet[:1], line[1:-1], meet[1:]] for line, meet in zip(others, meeting, strict=True)]
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(_drawn(chains))))
        found += [shapely.linearrings(shapely.get_coordinates(each)) for each in merged[shapely.is_closed(merged)]
                  if len(shapely.get_coordinates(each)) > 3]  # fmt: skip
    made: NDArray[np.object_] = np.array(found, dtype=object)
    return made
