"""Paths as places to stop at on a way: where each may be entered, where it is then left, and what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from printers.laser.toolpath import Ints
from printers.laser.work import Floats

Complexes = NDArray[np.complex128]
LEAST_ENTRIES = 4


@dataclass(frozen=True, eq=False)
class Stop:
    """A path: where it may be entered (n,) and is then left (n,), as complex numbers in mm, and mm each costs beside.

    A ring is left where it is entered; an open path has two entries, which are each other's exits.
    """

    entries: Complexes
    exits: Complexes
    costs: Floats
    ring: bool

    @cached_property
    def along(self) -> Floats:
        """How far each entry (n,) is from the first, from one to the next."""
        return np.concatenate([[0.0], np.abs(np.diff(self.entries)).cumsum()])

    def of(self, places: Ints) -> "Stop":
        """With some of its entries."""
        return Stop(self.entries[places], self.exits[places], self.costs[places], self.ring)


@dataclass(frozen=True, eq=False)
class Stops:
    """Stops to make. `before` (n,) names the one that each must come before, -1 for none; such stops form trees."""

    each: Sequence[Stop]
    before: Ints

    def __len__(self) -> int:
        return len(self.each)

    def places(self) -> tuple[Floats, Ints, Ints]:
        """All entries (m, 2), for each the stop it belongs to and its number there."""
        counts = np.array([len(stop.entries) for stop in self.each], dtype=np.int64)
        entries = np.concatenate([stop.entries for stop in self.each])
        owner = np.repeat(np.arange(len(counts)), counts)
        number: Ints = np.arange(len(entries)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.stack([entries.real, entries.imag], axis=1), owner, number


def opened(start: complex, end: complex) -> Stop:
    """An open path."""
    ends = np.array([start, end])
    return Stop(ends, ends[::-1], np.zeros(2), ring=False)


def ringed(points: Complexes, costs: Floats) -> Stop:
    """A ring that may be entered at some points."""
    return Stop(points, points, costs, ring=True)


def spread(stop: Stop, most: int, apart_mm: float = 0.0) -> Ints:
    """At most so many entries of a ring, spread along it, of those near one another the one that costs least.

    Fewer, but at least LEAST_ENTRIES, where they are less than that far apart.
    """
    count = len(stop.entries)
    if count <= LEAST_ENTRIES:
        return np.arange(count)
    along = stop.along
    if apart_mm:
        most = min(most, max(LEAST_ENTRIES, int(along[-1] / apart_mm)))
    if count <= most:
        return np.arange(count)
    part = (along * (most * (1 - 1e-9) / max(along[-1], 1e-9))).astype(np.int64)
    order = np.lexsort((stop.costs, part))
    kept = np.ones(count, dtype=bool)
    kept[1:] = np.diff(part[order]) > 0
    return np.sort(order[kept])


def neighbours(stops: Stops, most: int) -> list[list[int]]:
    """For each stop at most so many others that come near to it, the nearest first."""
    if len(stops) < 2:
        return [[] for _ in stops.each]
    points, owner, _ = stops.places()
    far, near = KDTree(points).query(points, k=min(4 * most, len(points)))
    own, other, far = _pairs(np.repeat(owner, near.shape[1]), owner[near.ravel()], far.ravel())
    order = np.lexsort((far, own))
    own, other = own[order], other[order]
    begins = np.searchsorted(own, np.arange(len(stops) + 1)).tolist()
    every: list[int] = other.tolist()
    return [every[begin : min(end, begin + most)] for begin, end in pairwise(begins)]


def _pairs(own: Ints, other: Ints, far: Floats) -> tuple[Ints, Ints, Floats]:
    """Each pair of two different ones once, sorted, and how far they are apart where they are nearest."""
    kept = own != other
    own, other, far = own[kept], other[kept], far[kept]
    count = int(own.max(initial=0)) + 1
    pair = own * count + other
    order = np.argsort(pair)
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    if not len(first):
        return own, other, far
    once = pair[order][first]
    return once // count, once % count, np.minimum.reduceat(far[order], first)
