"""Outlines while a drawing is read: straight ones wait in units of their own and are moved to mm all together."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from fabqueue.analysis.drawing.flatten import FARTHEST_MM, Floats
from fabqueue.analysis.drawing.polylines import Bools, Ints, Polylines
from fabqueue.analysis.drawing.shapes import Shape


class Outlines:
    """The shapes met so far, in their order. `len` is how many, those counted that turn out to have no extent."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._waiting: list[Shape] = []
        self._lines_of: list[int] = []
        self._matrix_of: list[int] = []
        self._matrices: list[Floats] = []
        # plain numbers: a hundred thousand small arrays would take their time, and leave the memory in pieces
        self._points_of: list[int] = []
        self._numbers: list[float] = []

    def __len__(self) -> int:
        return len(self._shapes)

    def add(self, shape: Shape) -> None:
        """A shape with contours in mm that all have an extent."""
        self._shapes.append(shape)

    def add_straight(self, shape: Shape, lines: Sequence[Sequence[float]], matrix: Floats) -> None:
        """A shape of straight lines in its own units, x and y of all points; `matrix` (3, 3) leads to mm."""
        before = len(self._points_of)
        for line in lines:
            if len(line) > 2:
                self._points_of.append(len(line) // 2)
                self._numbers.extend(line)
        if len(self._points_of) == before:
            return
        if not self._matrices or self._matrices[-1] is not matrix:
            self._matrices.append(matrix)
        self._shapes.append(shape)
        self._waiting.append(shape)
        self._lines_of.append(len(self._points_of) - before)
        self._matrix_of.append(len(self._matrices) - 1)

    def visible(self) -> tuple[list[Shape], list[int], int]:
        """The shapes with an extent, in mm; how many of them come before each place in the order of all, and behind
        the last; and how many were left out because they have no place. To be asked once."""
        broken = self._settle() if self._waiting else 0
        seen = [bool(shape.contours) for shape in self._shapes]
        return [shape for shape in self._shapes if shape.contours], [0, *np.cumsum(seen).tolist()], broken

    def _settle(self) -> int:
        """Give those that wait their contours with an extent, or none where a point has no place: of how many."""
        counts, lines_of = np.array(self._points_of), np.array(self._lines_of)
        of_point = np.repeat(np.repeat(self._matrix_of, lines_of), counts)
        points = np.array(self._numbers).reshape(-1, 2)
        every = Polylines(_moved(points, of_point, self._matrices), counts)
        is_broken = np.logical_or.reduceat(_is_off(every), np.cumsum(lines_of) - lines_of)
        spans = zip(every.first.tolist(), (every.last + 1).tolist(), _has_extent(every).tolist(), strict=True)
        for shape, count, broken in zip(self._waiting, self._lines_of, is_broken.tolist(), strict=True):
            for begin, end, is_line in islice(spans, count):
                if is_line and not broken:
                    shape.contours.append(every.points[begin:end])
        return int(np.count_nonzero(is_broken))


def _moved(points: Floats, owner: Ints, matrices: Sequence[Floats]) -> Floats:
    """Points (n, 2), each by the affine matrix (3, 3) of its `owner`."""
    found = np.empty_like(points)
    table = np.array(matrices)
    with np.errstate(over="ignore", invalid="ignore"):  # such points are told of later
        for side in (0, 1):
            across, down, move = table[:, side].T
            found[:, side] = points[:, 0] * across[owner] + points[:, 1] * down[owner] + move[owner]
    return found


def _is_off(every: Polylines) -> Bools:
    """Which polylines have points beyond all reason, or that are no numbers."""
    is_near = (np.abs(every.points) <= FARTHEST_MM).all(axis=1)  # this is how NaN fails too
    found: Bools = ~np.logical_and.reduceat(is_near, every.first)
    return found


def _has_extent(every: Polylines) -> Bools:
    return np.asarray((every.high > every.low).any(axis=1), dtype=np.bool_)
