"""Bridges: short parts of an outline that are not cut, so that what is cut out stays in its sheet."""

import numpy as np
from numpy.typing import NDArray

from printers.laser.contours import Contour
from printers.laser.work import Floats

LEAST_BETWEEN = 3.0
"""Outlines with less than so many times a bridge between two of them get fewer, and at last none."""
CORNER_DEGREES = 20.0
"""A bend that is a corner; bridges are kept away from it."""
_TRIES = 24


def fitting(ring: Contour, count: int, gap_mm: float) -> int:
    """How many of `count` gaps of that length the ring has room for."""
    return min(count, int(ring.length_mm / (gap_mm * (1 + LEAST_BETWEEN))))


def bridged(ring: Contour, count: int, gap_mm: float) -> Contour:
    """The ring with up to `count` gaps of that length, evenly spread and as far from corners as that allows."""
    room = fitting(ring, count, gap_mm)
    if room < 1:
        return ring
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring.points, axis=0).T))])
    middles = _middles(_corners(ring.points, along), float(along[-1]), room)
    # the start of the ring stays outside of all gaps, so every gap lies between two places on it
    edges = np.stack([middles - gap_mm / 2, middles + gap_mm / 2], axis=1)
    return _with_gaps(ring, along, edges)


def _corners(points: Floats, along: Floats) -> Floats:
    """Where on the ring its corners lie, the start among them as no gap may lie across it."""
    direction = np.diff(points, axis=0)
    before, after = np.roll(direction, 1, axis=0), direction
    bend = np.abs(np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)))
    sharp = bend > np.radians(CORNER_DEGREES)
    sharp[0] = True
    found: Floats = along[:-1][sharp]
    return found


def _middles(corners: Floats, whole: float, count: int) -> Floats:
    """Evenly spread places, turned so that the one nearest to a corner is as far from it as may be."""
    step = whole / count
    offsets = (np.arange(_TRIES) + 0.5) / _TRIES * step
    places = offsets[:, None] + np.arange(count) * step
    ends = np.concatenate([corners - whole, corners, corners + whole])
    far = np.abs(places[:, :, None] - ends).min(axis=2).min(axis=1)
    found: Floats = places[int(far.argmax())]
    return found


def _with_gaps(ring: Contour, along: Floats, edges: Floats) -> Contour:
    places = np.unique(np.concatenate([along, edges.ravel()]))
    points = np.stack([np.interp(places, along, ring.points[:, axis]) for axis in (0, 1)], axis=1)
    points[-1] = points[0]
    middle = (places[:-1] + places[1:]) / 2
    gaps: NDArray[np.bool_] = ((middle[:, None] > edges[:, 0]) & (middle[:, None] < edges[:, 1])).any(axis=1)
    return Contour(points, ring.closed, gaps)
