"""The solid as vertical columns: for every cell of a grid the intervals of height that are inside.

Each triangle is rasterised by scan lines into hits (cell, height, way in or out); the hits of a cell are
paired by winding number, or by counting where faces are turned the wrong way. A cell with an odd number of hits
misses a face: it looks like its nearest whole neighbour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from fabqueue.analysis.estimate.sections import Floats, Integers, runs

Flags = NDArray[np.bool_]

CELLS = 192
"""Cells along the longer side: finer costs time and hardly adds accuracy."""
FINEST, COARSEST = 0.12, 4.0
"""Bounds of the size of a cell in mm; `COARSEST` yields to the cap on hits."""
MOST_MENDED = 0.5
"""A soup with more torn cells than this share has no whole neighbours worth copying."""
MOST_HITS = 4_000_000
"""A soup with more hits than this is looked at through a coarser grid; 4 million hits need about 600 MB."""


@dataclass(frozen=True)
class Grid:
    """`width` x `height` square cells of `cell` mm; the corner of the first one is at (`left`, `front`)."""

    cell: float
    left: float
    front: float
    width: int
    height: int

    @classmethod
    def over(cls, triangles: Floats) -> "Grid":
        """A grid over `triangles` (n, 3, 3) mm that start at the origin, with a margin of a cell all around."""
        size = triangles.reshape(-1, 3).max(axis=0)
        cell = min(max(float(max(size[0], size[1])) / CELLS, FINEST), COARSEST)
        cell = max(cell, float(np.sqrt(_shadow(triangles) / MOST_HITS)))
        # odd offsets keep the cell centres off the round coordinates that designs are made of
        return cls(cell, -1.03713 * cell, -1.01937 * cell, int(size[0] / cell) + 3, int(size[1] / cell) + 3)

    @property
    def cell_area(self) -> float:
        """Area of one cell in mm²."""
        return self.cell * self.cell

    def bitmap(self, cells: Integers) -> Flags:
        """A picture (height, width) with the given flat `cells` set."""
        picture = np.zeros(self.width * self.height, dtype=np.bool_)
        picture[cells] = True
        return picture.reshape(self.height, self.width)


@dataclass(frozen=True)
class Columns:
    """Intervals of solid: flat `cell`, `bottom` and `top` (mm), and how the surfaces there look.

    `bottom_normal` and `top_normal` are the z parts of the unit normals (-1 faces down). `broken` is the
    share of occupied cells whose hits do not pair up.
    """

    cell: Integers
    bottom: Floats
    top: Floats
    bottom_normal: Floats
    top_normal: Floats
    broken: float


@dataclass(frozen=True)
class _Hits:
    cell: Integers
    z: Floats
    way: Integers
    normal: Floats

    def taken(self, which: Integers) -> "_Hits":
        return _Hits(self.cell[which], self.z[which], self.way[which], self.normal[which])

    @classmethod
    def joined(cls, parts: list["_Hits"]) -> "_Hits":
        none = np.zeros(0, dtype=np.int64)
        parts = parts or [_Hits(none, none.astype(np.float64), none, none.astype(np.float64))]
        return cls(
            np.concatenate([part.cell for part in parts]),
            np.concatenate([part.z for part in parts]),
            np.concatenate([part.way for part in parts]),
            np.concatenate([part.normal for part in parts]),
        )


def columns(triangles: Floats, grid: Grid) -> Columns:
    """The solid intervals of `triangles` (n, 3, 3) mm over the cells of `grid`."""
    hits = _hits(triangles, grid)
    hits = hits.taken(np.lexsort((-hits.way, hits.z, hits.cell)))
    starts, ends, broken = _paired(hits)
    keep = (hits.cell[starts] == hits.cell[ends]) & (hits.z[ends] > hits.z[starts])
    a, b = starts[keep], ends[keep]
    found = Columns(hits.cell[a], hits.z[a], hits.z[b], hits.normal[a], hits.normal[b], broken)
    return _mended(found, hits, grid)


def _mended(found: Columns, hits: _Hits, grid: Grid) -> Columns:
    """Give cells that miss a face the intervals of their nearest neighbour that misses none."""
    odd = grid.bitmap(np.nonzero(np.bincount(hits.cell) % 2 == 1)[0])
    if not odd.any() or odd.sum() > MOST_MENDED * len(np.unique(hits.cell)):
        return found
    nearest = ndimage.distance_transform_edt(odd, return_distances=False, return_indices=True)
    torn = np.nonzero(odd.ravel())[0]
    whole = (nearest[0] * grid.width + nearest[1]).ravel()[torn]
    kept = np.nonzero(~odd.ravel()[found.cell])[0]
    first, last = (np.searchsorted(found.cell[kept], whole, side) for side in ("left", "right"))
    pairs = [(torn[owner], kept[first[owner] + offset]) for owner, offset in runs(last - first)]
    cell = np.concatenate([found.cell[kept], *(cells for cells, _ in pairs)])
    which = np.concatenate([kept, *(sources for _, sources in pairs)])
    bottom, top = found.bottom[which], found.top[which]
    return Columns(cell, bottom, top, found.bottom_normal[which], found.top_normal[which], found.broken)


def _shadow(triangles: Floats) -> float:
    """Sum of the areas (mm²) of the triangles as seen from above."""
    a, b = triangles[:, 1, :2] - triangles[:, 0, :2], triangles[:, 2, :2] - triangles[:, 0, :2]
    return float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2)


def _hits(triangles: Floats, grid: Grid) -> _Hits:
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    flat = np.abs(normals[:, 2]) > 1e-12
    triangles, normals = triangles[flat], normals[flat]
    rows = _rows(triangles, grid)
    parts = [
        _hits_on_rows(triangles, normals, grid, owner, rows[0][owner] + offset)
        for owner, offset in runs(rows[1] - rows[0])
    ]
    return _Hits.joined(parts)


def _rows(triangles: Floats, grid: Grid) -> tuple[Integers, Integers]:
    """The half-open span of rows whose centre lines pass through each triangle."""
    y = (triangles[:, :, 1] - grid.front) / grid.cell - 0.5
    ends = (np.ceil(bound(y, axis=1)).astype(np.int64) for bound in (np.min, np.max))
    first, last = (np.clip(end, 0, grid.height) for end in ends)
    return first, last


def _hits_on_rows(triangles: Floats, normals: Floats, grid: Grid, owner: Integers, row: Integers) -> _Hits:
    left, right = _spans(triangles, grid, owner, row)
    first = np.clip(np.ceil(left), 0, grid.width).astype(np.int64)
    last = np.clip(np.ceil(right), 0, grid.width).astype(np.int64)
    parts = []
    for span, offset in runs(last - first):
        parts.append(_hits_at(triangles, normals, grid, owner[span], row[span], first[span] + offset))
    return _Hits.joined(parts)


def _spans(triangles: Floats, grid: Grid, owner: Integers, row: Integers) -> tuple[Floats, Floats]:
    """Where (in cells) the centre line of `row` enters and leaves the triangle `owner`; (0, 0) when it misses."""
    x = (triangles[owner, :, 0] - grid.left) / grid.cell - 0.5
    y = (triangles[owner, :, 1] - grid.front) / grid.cell - 0.5
    left, right = np.full(len(owner), np.inf), np.full(len(owner), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        crosses = (y[:, a] <= row) != (y[:, b] <= row)
        rise = np.where(crosses, y[:, b] - y[:, a], 1.0)
        at = x[:, a] + (x[:, b] - x[:, a]) * (row - y[:, a]) / rise
        left = np.where(crosses, np.minimum(left, at), left)
        right = np.where(crosses, np.maximum(right, at), right)
    missed = ~np.isfinite(left)
    return np.where(missed, 0.0, left), np.where(missed, 0.0, right)


def _hits_at(triangles: Floats, normals: Floats, grid: Grid, owner: Integers, row: Integers, column: Integers) -> _Hits:
    x = (column + 0.5) * grid.cell + grid.left
    y = (row + 0.5) * grid.cell + grid.front
    corner, normal = triangles[owner, 0], normals[owner]
    slope = normal[:, 0] * (x - corner[:, 0]) + normal[:, 1] * (y - corner[:, 1])
    heights = triangles[:, :, 2]
    z = np.clip(corner[:, 2] - slope / normal[:, 2], heights.min(axis=1)[owner], heights.max(axis=1)[owner])
    way = np.where(normal[:, 2] < 0, 1, -1)
    return _Hits(row * grid.width + column, z, way, normal[:, 2] / np.linalg.norm(normal, axis=1))


def _paired(hits: _Hits) -> tuple[Integers, Integers, float]:
    """Indices of the hits where solid begins and ends, and the share of broken cells."""
    if not len(hits.cell):
        return hits.cell, hits.cell, 0.0
    first = np.r_[True, hits.cell[1:] != hits.cell[:-1]]
    start_of_cell = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    total = np.cumsum(hits.way)
    winding = total - (total - hits.way)[start_of_cell]
    before = winding - hits.way
    starts, ends = (before <= 0) & (winding > 0), (before > 0) & (winding <= 0)
    last = np.r_[first[1:], True]
    unpaired = hits.cell[last][winding[last] != 0]
    if len(unpaired):
        starts, ends = _by_counting(hits, unpaired, start_of_cell, starts, ends)
    a, b = np.nonzero(starts)[0], np.nonzero(ends)[0]
    pairs = min(len(a), len(b))
    return a[:pairs], b[:pairs], len(unpaired) / int(last.sum())


def _by_counting(
    hits: _Hits, unpaired: Integers, start_of_cell: Integers, starts: Flags, ends: Flags
) -> tuple[Flags, Flags]:
    """In the `unpaired` cells every odd hit enters and the next one leaves; a last odd one is dropped."""
    broken = np.isin(hits.cell, unpaired)
    rank = np.arange(len(hits.cell)) - start_of_cell
    count = np.bincount(hits.cell)[hits.cell]
    entering = (rank % 2 == 0) & (rank + 1 < count)
    return np.where(broken, entering, starts), np.where(broken, rank % 2 == 1, ends)
