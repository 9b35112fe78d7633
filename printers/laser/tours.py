"""A short way through many paths, of which some wait for others: what lies inside an outline is cut first.

It begins with a way through all that waits for nothing, as if there were nothing else. The others are put into it where
each costs least, and the whole is improved. Nothing depends on the clock, so the same paths always give the same way.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from printers.laser.search import improve, shake
from printers.laser.stops import Stops, neighbours
from printers.laser.toolpath import Ints
from printers.laser.way import Way

NEAR = 8
"""Stops that are tried as neighbours of each."""
MOST_LOOKS = 60_000
"""Stops that are looked at for improvement, each as often as its neighbourhood changed."""
MOST_SHAKEN, SHAKEN_STOPS = 12_000, 2_400_000
"""The same while the way is shaken: fewer of a long way, which takes longer and is hardly better for it."""
SWAPS = 25
"""Times that parts change places, for each stop."""
LEAST_TRIED, MOST_TRIED = 100, 400_000
"""Places that are tried for each stop that waits, and for all of them together."""
MOST_GONE = 100
"""Places looked through for what is left before a new tree is made."""

Near = Sequence[Sequence[int]]
Tour = tuple[list[int], list[int]]
"""Stops in their order, and the entry of each stop."""


def toured(stops: Stops, start: complex, home: complex | None) -> Tour:
    """The order of the stops, and at which of its entries each is entered. `home` is where the way must end."""
    near = neighbours(stops, NEAR)
    way = Way(stops, near, start, home, *inner_first(stops, near, start, home))
    improve(way, MOST_LOOKS)
    shake(way, SWAPS * len(stops), min(MOST_SHAKEN, SHAKEN_STOPS // len(stops)))
    return way.stops, way.chosen


def greedy(stops: Stops, near: Near, start: complex) -> Tour:
    """Always the nearest stop that is left."""
    left, entries = _Left(stops), [each.entries.tolist() for each in stops.each]
    order: list[int] = []
    chosen, at = [0] * len(stops), start
    beside: Sequence[int] = ()
    for _ in stops.each:
        found = [(abs(at - place), stop, entry) for stop in beside if left.has[stop]
                 for entry, place in enumerate(entries[stop])]  # fmt: skip
        stop, entry = min(found)[1:] if found else left.nearest(at)
        left.has[stop] = False
        order.append(stop)
        chosen[stop] = entry
        at, beside = complex(stops.each[stop].exits[entry]), near[stop]
    return order, chosen


class _Left:
    """Stops that are left, by place; the tree over them is made anew when there are few."""

    def __init__(self, stops: Stops) -> None:
        self.has = [True] * len(stops)
        self._points, self._owner, self._entry = stops.places()
        self._tree = KDTree(self._points)

    def nearest(self, at: complex) -> tuple[int, int]:
        """The nearest of them, and its entry."""
        most = 8
        while True:
            near = np.atleast_1d(self._tree.query((at.real, at.imag), k=min(most, len(self._points)))[1])
            for place in near.tolist():
                if self.has[self._owner[place]]:
                    return int(self._owner[place]), int(self._entry[place])
            if most > MOST_GONE:
                self._plant()
            most *= 4

    def _plant(self) -> None:
        kept = np.array(self.has)[self._owner]
        self._points, self._owner, self._entry = self._points[kept], self._owner[kept], self._entry[kept]
        self._tree = KDTree(self._points)


def inner_first(stops: Stops, near: Near, start: complex, home: complex | None) -> Tour:
    """First a way through all that waits for nothing, then the others put in, each behind what it waits for."""
    waits = np.zeros(len(stops), dtype=bool)
    waits[stops.before[stops.before >= 0]] = True
    inner = np.flatnonzero(~waits).tolist()
    order, chosen = _free(stops, inner, near, start, home)
    outers = np.flatnonzero(waits).tolist()
    tried = max(LEAST_TRIED, MOST_TRIED // max(1, len(outers)))
    inside: dict[int, list[int]] = {outer: [] for outer in outers}
    for stop in np.flatnonzero(stops.before >= 0).tolist():
        inside[int(stops.before[stop])].append(stop)
    for stop in inside_out(stops.before, outers):
        last = max(order.index(inner) for inner in inside[stop])
        place, chosen[stop] = _cheapest(stops, (order, chosen), stop, range(last, min(len(order), last + tried)), home)
        order.insert(place + 1, stop)
    return order, chosen


def _free(stops: Stops, inner: list[int], near: Near, start: complex, home: complex | None) -> Tour:
    """A way through some stops that wait for nothing."""
    number = {stop: place for place, stop in enumerate(inner)}
    part = Stops([stops.each[stop] for stop in inner], np.full(len(inner), -1))
    beside = [[number[other] for other in near[stop] if other in number] for stop in inner]
    way = Way(part, beside, start, home, *greedy(part, beside, start))
    improve(way, MOST_LOOKS)
    chosen = [0] * len(stops)
    for stop, entry in zip(inner, way.chosen, strict=True):
        chosen[stop] = entry
    return [inner[stop] for stop in way.stops], chosen


def inside_out(before: Ints, outers: Sequence[int]) -> list[int]:
    """Each behind those that it waits for."""
    depth = {}
    for stop in outers:
        depth[stop], outer = 0, int(before[stop])
        while outer >= 0:
            depth[stop], outer = depth[stop] + 1, int(before[outer])
    return sorted(outers, key=lambda stop: (-depth[stop], stop))


def _cheapest(stops: Stops, tour: Tour, stop: int, places: range, home: complex | None) -> tuple[int, int]:
    """Behind which of some places of a tour a stop costs least, and the entry for it."""
    (order, chosen), each = tour, stops.each[stop]
    left = np.array([stops.each[other].exits[chosen[other]] for other in order[places.start : places.stop]])
    after = order[places.start + 1 : places.stop + 1]
    right = np.array([stops.each[other].entries[chosen[other]] for other in after] + [home or 0j])[: len(left)]
    come, go, link = np.abs(left[:, None] - each.entries), np.abs(right[:, None] - each.exits), np.abs(left - right)
    if home is None and len(after) < len(left):
        go[-1] = link[-1] = 0.0
    behind, entry = divmod(int((come + go - link[:, None] + each.costs).argmin()), len(each.entries))
    return places[behind], entry
