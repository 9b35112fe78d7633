"""Columns of support under overhangs."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from fabqueue.analysis.estimate.columns import Flags, Grid
from fabqueue.analysis.estimate.layers import Columnwise, per_layer
from fabqueue.analysis.estimate.sections import Floats, Integers

REACH = 1.2
"""How far in mm the slicer lets supports stand out beyond the overhang."""


@dataclass(frozen=True)
class Overhangs:
    """What is held up: `height_area` (mm² x layers) under it, its `area` (mm²), `spread` by which supports are larger.

    `layers` is the number of layers with supports, `root_area` the sum over them of the square root of the
    area (mm): a measure of how far the nozzle travels between pieces of support.
    """

    height_area: float
    area: float
    spread: float
    layers: int
    root_area: float


def overhangs(spans: Columnwise, grid: Grid, angle: float, layers: int) -> Overhangs | None:
    """Overhangs flatter than `angle` degrees from the horizontal, or None when nothing needs support."""
    order = np.lexsort((spans.first, spans.cell))
    cell, first, end = spans.cell[order], spans.first[order], spans.end[order]
    floor = _floors(cell, end)
    steep = np.cos(np.radians(angle))
    held = (-spans.bottom_normal[order] > steep) & (first - floor > 1) & (first > 0)
    if not held.any():
        return None
    areas = per_layer(floor[held], first[held], layers) * grid.cell_area
    return Overhangs(
        height_area=float((first - floor)[held].sum()) * grid.cell_area,
        area=float(held.sum()) * grid.cell_area,
        spread=_spread(grid.bitmap(cell[held]), grid.cell),
        layers=int(np.count_nonzero(areas > 0.2)),
        root_area=float(np.sqrt(np.maximum(areas, 0)).sum()),
    )


def _floors(cell: Integers, end: Integers) -> Integers:
    """The layer on which support under each span stands: the top of the span below it in its cell, else the bed."""
    same = np.r_[False, cell[1:] == cell[:-1]]
    return np.where(same, np.r_[0, end[:-1]], 0)


def _spread(held: Flags, cell: float) -> float:
    """By how much the held area grows when its edge moves out by `REACH`."""
    padded = np.pad(held, int(2 / cell) + 1)
    away: Floats = ndimage.distance_transform_edt(~padded) * cell
    return float((away < REACH).sum() / padded.sum())
