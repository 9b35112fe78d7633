"""Areas burnt row by row, to and fro, with a run-up before and behind so that the beam burns at full speed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from printers.laser.toolpath import Beam, Ints, Moves, burnt
from printers.laser.work import Fill, Floats
from printers.lasers import Laser, PlanError

MOST_CROSSINGS = 20_000_000
"""Outlines crossed by rows: more would not fit into memory, nor would anybody wait for it to be burnt."""
RUN_UP = 1.1
"""Of the way that reaching full speed takes."""
LONGEST_RUN_UP_MM = 30.0


@dataclass(frozen=True, eq=False)
class Rows:
    """What is burnt of areas: `at` (n,) the number of the row, `left` and `right` (n,) in mm, sorted by row and place.

    Row r lies at height bottom_mm + r * interval_mm. Where areas lie over one another what is burnt again is
    the next `layer` (n,). `strength` (n,): the share of the setting's power, above 0 and at most 1.
    """

    at: Ints
    left: Floats
    right: Floats
    layer: Ints
    strength: Floats
    bottom_mm: float
    interval_mm: float

    @property
    def area_mm2(self) -> float:
        return float((self.right - self.left).sum()) * self.interval_mm

    def distance_mm(self, at: Floats) -> float:
        """From a place (2,) to the box around the rows."""
        low, high = self.bottom_mm + np.array([self.at.min(), self.at.max()]) * self.interval_mm
        x, y = at.clip([self.left.min(), low], [self.right.max(), high]) - at
        return float(np.hypot(x, y))


def rows_of(fills: Sequence[Fill], interval_mm: float) -> Rows:
    """The rows that cover the fills, in the middle of what they cover. Raises PlanError for too many."""
    heights = np.concatenate([ring[:, 1] for fill in fills for ring in fill.rings if len(ring) > 2])
    low, high = float(heights.min()), float(heights.max())
    count = max(1, round((high - low) / interval_mm))
    bottom = low + (high - low - (count - 1) * interval_mm) / 2
    row, left, right, layer = _layers(*spans(fills, bottom, interval_mm, count))
    return Rows(row, left, right, layer, np.ones(len(row)), bottom, interval_mm)


def spans(fills: Sequence[Fill], bottom_mm: float, interval_mm: float, count: int) -> tuple[Ints, Floats, Floats]:
    """Row, left and right of what lies inside of each fill in `count` rows. Raises PlanError for too many outlines."""
    rings = [(place, _ring(ring)) for place, fill in enumerate(fills) for ring in fill.rings if len(ring) > 2]
    at, x, way, owner = _crossings(rings, bottom_mm, interval_mm, count)
    left, right, row = _spans(at, x, way, owner, np.array([fill.even_odd for fill in fills]))
    return row, left, right


def _ring(ring: Floats) -> Floats:
    return np.concatenate([ring, ring[:1]])


def _crossings(
    rings: Iterable[tuple[int, Floats]], bottom: float, interval: float, count: int
) -> tuple[Ints, Floats, Ints, Ints]:
    """Row, place, way (1 up, -1 down) and fill of each crossing of an outline with a row."""
    every = list(rings)
    start, end = (np.concatenate([ring[part] for _, ring in every]) for part in (slice(None, -1), slice(1, None)))
    owner = np.repeat([place for place, _ in every], [len(ring) - 1 for _, ring in every])
    # a row lies on an edge when it is at or above its lower end and below its upper one, so that corners count once
    first, last = (np.ceil((ends - bottom) / interval).astype(np.int64).clip(0, count)
                   for ends in (np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])))  # fmt: skip
    rows = last - first
    if rows.sum() > MOST_CROSSINGS:
        raise PlanError("laser_engraving_too_fine", {"interval_mm": interval})
    edge = np.repeat(np.arange(len(rows)), rows)
    at = np.arange(len(edge)) - np.repeat(np.cumsum(rows) - rows, rows) + first[edge]
    begin, finish = start[edge], end[edge]
    share = (bottom + at * interval - begin[:, 1]) / (finish[:, 1] - begin[:, 1])
    x = begin[:, 0] + share * (finish[:, 0] - begin[:, 0])
    return at, x, np.where(finish[:, 1] > begin[:, 1], 1, -1), owner[edge]


def _spans(
    at: Ints, x: Floats, way: Ints, owner: Ints, even_odd: np.typing.NDArray[np.bool_]
) -> tuple[Floats, Floats, Ints]:
    """Left, right and row of what is inside of each fill. Rings are closed, so the windings of a row sum up to none."""
    order = np.lexsort((x, owner, at))
    at, x, way, owner = at[order], x[order], way[order], owner[order]
    winding = np.cumsum(way)
    inside = np.where(even_odd[owner], winding % 2 != 0, winding != 0)[:-1] & (x[1:] > x[:-1])
    return x[:-1][inside], x[1:][inside], at[:-1][inside]


def _layers(row: Ints, left: Floats, right: Floats) -> tuple[Ints, Floats, Floats, Ints]:
    """Spans that touch united, and what lies over one another put into layers of its own."""
    rows, x = np.concatenate([row, row]), np.concatenate([left, right])
    step = np.concatenate([np.ones(len(row), np.int64), np.full(len(row), -1)])
    order = np.lexsort((-step, x, rows))  # begins before ends, so that what touches is one
    rows, x, step = rows[order], x[order], step[order]
    depth = np.cumsum(step)
    layer = np.where(step > 0, depth, depth + 1) - 1
    opens, closes = step > 0, step < 0
    # within one row and layer begins and ends take turns
    first, last = (np.lexsort((x[kind], rows[kind], layer[kind])) for kind in (opens, closes))
    found = (rows[opens][first], x[opens][first], x[closes][last], layer[opens][first])
    kept = found[2] > found[1]
    at, begin, end, over = (part[kept] for part in found)
    return at, begin, end, over


def swept(rows: Rows, by: Beam, laser: Laser, start: Floats) -> Moves:
    """The moves that burn the rows, from the corner that is nearest to `start` (2,)."""
    if not len(rows.at):
        return burnt(np.zeros((0, 2)), np.zeros(0, np.int64), by)
    height = rows.bottom_mm + rows.at.astype(np.float64) * rows.interval_mm
    low, high = float(height.min()), float(height.max())
    down = abs(start[1] - high) < abs(start[1] - low)
    leftwards = abs(start[0] - rows.right.max()) < abs(start[0] - rows.left.min())
    sweep = rows.layer * (rows.at.max() + 1) + (rows.at.max() - rows.at if down else rows.at)
    place = np.unique(sweep, return_inverse=True)[1]
    back = (place % 2 == 1) != leftwards
    order = np.lexsort((np.where(back, -rows.left, rows.left), place))
    begin = np.where(back, rows.right, rows.left)[order]
    end = np.where(back, rows.left, rows.right)[order]
    spans = _Spans(begin, end, height[order], place[order], np.where(back, -1, 1)[order],
                   np.maximum(1, np.rint(rows.strength * by.power)).astype(np.int64)[order])  # fmt: skip
    return _with_run_up(spans, by, laser)


@dataclass(frozen=True, eq=False)
class _Spans:
    """Spans (n,) in the order and direction in which they are burnt; `way` is 1 to the right, -1 to the left."""

    begin: Floats
    end: Floats
    height: Floats
    sweep: Ints
    way: Ints
    power: Ints


def _with_run_up(spans: _Spans, by: Beam, laser: Laser) -> Moves:
    """Each span as a rapid move to its begin and a burn to its end, with the run-up where a sweep begins and ends.

    A span that begins where the one before it ends is gone on to without a move between.
    """
    run = spans.way * run_up_mm(by.speed_mm_s, laser)
    new = np.concatenate([[True], spans.sweep[1:] != spans.sweep[:-1]])
    old = np.concatenate([new[1:], [True]])
    apart = new | np.concatenate([[True], spans.begin[1:] != spans.end[:-1]])
    x = np.stack([spans.begin - run, spans.begin, spans.end, spans.end + run], axis=1).clip(0, laser.bed_mm[0])
    kept = np.stack([new, apart, np.ones_like(new), old], axis=1).ravel()
    nothing = np.zeros_like(spans.power)
    power = np.stack([nothing, nothing, spans.power, nothing], axis=1).ravel()
    points = np.stack([x.ravel(), np.repeat(spans.height, 4)], axis=1)
    return burnt(points[kept], power[kept], by)


def run_up_mm(speed_mm_s: float, laser: Laser) -> float:
    """How far the beam runs before it burns at full speed."""
    return min(RUN_UP * speed_mm_s**2 / (2 * laser.acceleration_mm_s2), LONGEST_RUN_UP_MM)
