"""Contours that are not closed."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.drawing.polylines import Polylines
from fabqueue.analysis.drawing.shapes import CLOSED_MM

JOIN_MM = 0.1
"""Ends of cut lines that are nearer than this count as joined."""
Labels = NDArray[np.int32]


def open_contours(lines: list[Floats], most: int = 3) -> tuple[int, Floats]:
    """How many open contours polylines (n, 2) leave when touching ends are joined, and a loose end (m, 2) of some."""
    every = Polylines.of(lines)
    is_open = ~every.meeting(CLOSED_MM)
    if not is_open.any():
        return 0, np.zeros((0, 2))
    points = np.stack([every.starts[is_open], every.ends[is_open]], axis=1).reshape(-1, 2)
    group = joined(points)
    loose = np.bincount(group)[group] % 2 == 1
    pieces = len(np.unique(group[loose]))
    # every open chain has two loose ends; a crossing of three counts as one more
    return -(-pieces // 2), points[loose][_one_each(group, loose)][:most]


def _one_each(group: Labels, loose: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first of the loose ends of each chain, in the order of the drawing."""
    first, last = group[::2], group[1::2]
    many = int(group.max()) + 1
    chain: Labels = connected_components(coo_array((np.ones(len(first)), (first, last)), shape=(many, many)))[1]
    return np.sort(np.unique(chain[group][loose], return_index=True)[1])


def joined(points: Floats) -> Labels:
    """A label for each of `points` (n, 2); those within `JOIN_MM` share one."""
    # as complex numbers, since rows of an array take several times as long to be sorted
    places, place = np.unique(np.round(points, 3).view(np.complex128).ravel(), return_inverse=True)
    pairs = cKDTree(places.view(np.float64).reshape(-1, 2)).query_pairs(JOIN_MM, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    labels: Labels = connected_components(links, directed=False)[1]
    return labels[place.ravel()]
