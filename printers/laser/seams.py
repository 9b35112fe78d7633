"""Where paths are entered: chosen for all of them together, for the shortest way between paths in a given order."""

from collections.abc import Sequence

import numpy as np

from printers.laser.stops import Stop, spread

MOST_CHOICES = 48
"""Entries of a ring that are tried at first; in the end all of them, with its neighbours as they stand."""


def entered(stops: Sequence[Stop], start: complex, home: complex | None) -> list[int]:
    """The entry of each of the stops, which are in their order."""
    return _refined(stops, _best(stops, start, home), start, home)


def _best(stops: Sequence[Stop], start: complex, home: complex | None) -> list[int]:
    """The best of some entries of each, by the shortest way through all layers of choices."""
    some = [spread(each, MOST_CHOICES) for each in stops]
    exits, cost = np.array([start]), np.zeros(1)
    back = []
    for each, places in zip(stops, some, strict=True):
        total = cost[:, None] + np.abs(exits[:, None] - each.entries[None, places])
        back.append(total.argmin(axis=0))
        cost, exits = total.min(axis=0) + each.costs[places], each.exits[places]
    choice = int((cost if home is None else cost + np.abs(exits - home)).argmin())
    chosen = []
    for came, places in zip(reversed(back), reversed(some), strict=True):
        chosen.append(int(places[choice]))
        choice = int(came[choice])
    return chosen[::-1]


def _refined(stops: Sequence[Stop], chosen: list[int], start: complex, home: complex | None) -> list[int]:
    """One after the other, the best of all entries for its neighbours as they stand."""
    chosen = list(chosen)
    for place, each in enumerate(stops):
        before = stops[place - 1].exits[chosen[place - 1]] if place else start
        after = stops[place + 1].entries[chosen[place + 1]] if place + 1 < len(stops) else home
        far = np.abs(each.entries - before) + each.costs
        chosen[place] = int((far if after is None else far + np.abs(each.exits - after)).argmin())
    return chosen
