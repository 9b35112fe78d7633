"""Exact horizontal sections of a triangle soup: length of the outline and area at every height.

No vertices are merged and no topology is needed, so open and broken meshes give figures too.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_CROSSINGS = 12_000_000
"""More (triangle, height) pairs than this are thinned out: every n-th height is cut, the others interpolated."""
CHUNK = 250_000
"""Pairs worked on at once, so that memory stays near 150 MB."""


def sections(triangles: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """Outlines (mm) and signed areas (mm²) of the sections of `triangles` (n, 3, 3) mm at sorted `heights` (m,) mm."""
    first, last = _planes_cut(triangles, heights)
    crossings = int((last - first).sum())
    step = -(-crossings // MOST_CROSSINGS)
    if step <= 1:
        return _cut(triangles, heights, first, last)
    some = heights[:: min(step, len(heights))]
    length, area = _cut(triangles, some, *_planes_cut(triangles, some))
    return np.interp(heights, some, length), np.interp(heights, some, area)


def runs(counts: Integers, chunk: int = CHUNK) -> Iterator[tuple[Integers, Integers]]:
    """Expand `counts` in chunks: (owner, offset) of every unit, offsets from 0 to the owner's count - 1."""
    owners = np.nonzero(counts > 0)[0]
    ends = np.cumsum(counts[owners])
    start = 0
    while start < len(owners):
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + chunk, "right")), start + 1)
        part = counts[owners[start:stop]]
        offsets = np.arange(part.sum()) - np.repeat(np.cumsum(part) - part, part)
        yield np.repeat(owners[start:stop], part), offsets
        start = stop


def _planes_cut(triangles: Floats, heights: Floats) -> tuple[Integers, Integers]:
    """For each triangle the half-open span of indices of `heights` it reaches through."""
    z = triangles[:, :, 2]
    return np.searchsorted(heights, z.min(axis=1), "left"), np.searchsorted(heights, z.max(axis=1), "left")


def _cut(triangles: Floats, heights: Floats, first: Integers, last: Integers) -> tuple[Floats, Floats]:
    length, area = np.zeros(len(heights)), np.zeros(len(heights))
    for owner, offset in runs(last - first):
        plane = first[owner] + offset
        start, end = _segments(triangles[owner], heights[plane])
        length += np.bincount(plane, np.hypot(*(end - start).T), len(heights))
        area += np.bincount(plane, (start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]) / 2, len(heights))
    return length, area


def _segments(corners: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Ends (n, 2) of the cut of each of `corners` (n, 3, 3) at its `height`, the solid to the left of the way."""
    rise = corners[:, :, 2] - height[:, None]
    above = rise >= 0
    one_above = above.sum(axis=1) == 1
    lone = np.where(one_above, above.argmax(axis=1), above.argmin(axis=1))
    row = np.arange(len(corners))
    ends = [_on_edge(corners, rise, row, lone, (lone + turn) % 3) for turn in (1, 2)]
    swap = ~one_above[:, None]
    return np.where(swap, ends[1], ends[0]), np.where(swap, ends[0], ends[1])


def _on_edge(corners: Floats, rise: Floats, row: Integers, a: Integers, b: Integers) -> Floats:
    """The points (n, 2) where the edges from corner `a` to corner `b` pass through their plane."""
    share = rise[row, a] / (rise[row, a] - rise[row, b])
    start = corners[row, a, :2]
    return start + (corners[row, b, :2] - start) * share[:, None]
