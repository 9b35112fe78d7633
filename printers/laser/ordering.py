"""The order and direction of paths and where rings begin, so that the laser travels little between them."""

from collections.abc import Callable, Sequence

import numpy as np

from printers.laser.contours import Contour
from printers.laser.seams import entered
from printers.laser.stops import Complexes, Stop, Stops, opened, ringed, spread
from printers.laser.tours import toured
from printers.laser.work import Floats

MOST_ENTRIES = 12
"""Of a ring, while the order is searched for."""


def ordered(
    paths: Sequence[Contour], before: Sequence[int], start: complex, home: complex | None = None,
    stop: Callable[[Contour], Stop] | None = None,
) -> list[Contour]:  # fmt: skip
    """All paths in an order, open ones turned round where that is shorter.

    `before` names for each the path that it must come before, -1 for none. `home` is where the way must end. `stop`
    makes a stop of a path, `stop_of` unless it is given.
    """
    if not paths:
        return []
    stops = list(map(stop or stop_of, paths))
    apart = _apart_mm(stops)
    some = [each.of(spread(each, MOST_ENTRIES, apart)) for each in stops]
    order, _ = toured(Stops(some, np.array(before, dtype=np.int64)), start, home)
    entries = entered([stops[path] for path in order], start, home)
    return [_begun(paths[path], entry) for path, entry in zip(order, entries, strict=True)]


def _apart_mm(stops: Sequence[Stop]) -> float:
    """How far paths are from one another, about."""
    ends = np.array([each.entries[0] for each in stops])
    return float(np.sqrt(max(np.ptp(ends.real), 1.0) * max(np.ptp(ends.imag), 1.0) / len(ends)))


def stop_of(path: Contour, costs: Floats | None = None) -> Stop:
    """A path as a stop; `costs` in mm of beginning a ring at each of its points but the last, beside the travel."""
    points: Complexes = path.points[:, 0] + 1j * path.points[:, 1]
    if not path.closed:
        return opened(points[0], points[-1])
    return ringed(points[:-1], np.zeros(len(points) - 1) if costs is None else costs)


def _begun(path: Contour, entry: int) -> Contour:
    if path.closed:
        return path.begun_at(entry)
    return path.reversed() if entry else path
