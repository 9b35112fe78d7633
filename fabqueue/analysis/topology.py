"""How the triangles of a soup hang together: corners welded by hashing, edges paired by sorting, no mesh structure.

Merging vertices the usual way is the dearest stage of all (4 s at 1.3 million triangles); one sort of 64-bit hashes and
one of 64-bit edge keys tell the same in a fraction of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_GRID_MM = 1e-4
"""Corners within a tenth of a micrometre are one corner, where exact ones leave the surface open."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Topology:
    """Counts of edges by what is wrong with them, and the shell (0..bodies-1) of every triangle that was kept.

    corners (n, 3) numbers the corners, equal ones alike, from 0 without gaps. kept marks triangles with three different
    corners; the others have no area and no say. rim numbers the corners of the kept triangles, counted through, where
    open edges start.
    """

    corners: Ints
    kept: NDArray[np.bool_]
    open_edges: int
    crowded_edges: int
    flipped_edges: int
    bodies: int
    shells: NDArray[np.int32]
    rim: Ints

    @property
    def watertight(self) -> bool:
        """Every edge belongs to exactly two triangles."""
        return self.open_edges == 0 and self.crowded_edges == 0


def study(triangles: NDArray[np.float64]) -> Topology:
    """The topology of `triangles` (n, 3, 3) in mm, n > 0; near corners count as one if exact ones leave it open."""
    exact = _study(triangles, _weld(triangles))
    if not exact.open_edges:
        return exact
    rounded = _study(triangles, _weld(np.round(triangles / _GRID_MM)))
    return rounded if rounded.open_edges < exact.open_edges else exact


def _weld(triangles: NDArray[np.float64]) -> Ints:
    """A corner number for every corner (n, 3): equal coordinates, equal number."""
    words = (triangles.reshape(-1, 3) + 0.0).view(np.uint64)  # adding zero makes -0.0 equal 0.0
    mixed = np.zeros(len(words), np.uint64)
    for axis in range(3):
        mixed = _mix(mixed ^ words[:, axis])
    numbers = np.unique(mixed, return_inverse=True)[1]
    return numbers.reshape(-1, 3).astype(np.int64)


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over the whole word (the finalizer of splitmix64)."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _study(triangles: NDArray[np.float64], corners: Ints) -> Topology:
    a, b, c = corners.T
    kept = (a != b) & (b != c) & (c != a)
    if not kept.any():
        return Topology(corners, kept, 0, 0, 0, 0, np.empty(0, np.int32), np.empty(0, np.int64))
    return _pair(corners, kept)


def _pair(corners: Ints, kept: NDArray[np.bool_]) -> Topology:
    whole = corners[kept]
    start, end = whole.ravel(), np.roll(whole, -1, axis=1).ravel()
    keys = np.minimum(start, end) * (whole.max() + 1) + np.maximum(start, end)
    order = np.argsort(keys)
    firsts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    counts = np.diff(firsts, append=len(order))
    turns = np.add.reduceat(np.where(start < end, 1, -1)[order], firsts)
    pairs = firsts[counts == 2]
    bodies, shells = _shells(len(whole), order[pairs] // 3, order[pairs + 1] // 3)
    return Topology(
        corners=corners,
        kept=kept,
        open_edges=int((counts == 1).sum()),
        crowded_edges=int((counts > 2).sum()),
        flipped_edges=int(((counts == 2) & (turns != 0)).sum()),
        bodies=bodies,
        shells=shells,
        rim=order[firsts[counts == 1]],
    )


def _shells(count: int, one: Ints, other: Ints) -> tuple[int, NDArray[np.int32]]:
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(count, count))
    bodies, shells = connected_components(graph, directed=False)
    return int(bodies), shells
