"""Supports under overhangs, swept from the top layer down to the bed.

As in PrusaSlicer every overhang is widened, then its support goes straight down until it meets the part or the
bed. What is widened beyond the outline of the part therefore reaches the bed.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from fabqueue.analysis.estimate.columns import Flags, Grid
from fabqueue.analysis.estimate.layers import Columnwise
from fabqueue.analysis.estimate.sections import Floats, Integers

REACH = 2.5
"""How far in mm the slicer widens what it holds up: 1.5 mm of margin, the rest by rounding to its grid."""
FINEST = 0.5
"""Cells of the sweep in mm: finer ones only cost time."""


@dataclass(frozen=True)
class Overhangs:
    """Supports of a part: `area` (mm²) summed over their layers, `contact` (mm²) summed over all places held up.

    `layers` is the number of layers with supports, `pieces` the number of separate supports summed over them, and
    `root_area` the sum of the square roots of their areas (mm): between these the nozzle travels.
    """

    area: float
    contact: float
    layers: int
    pieces: int
    root_area: float


def overhangs(spans: Columnwise, grid: Grid, angle: float, layers: int) -> Overhangs | None:
    """Supports for surfaces flatter than `angle` degrees from the horizontal, or None when nothing needs any."""
    held = _held(spans, angle)
    if not held.any():
        return None
    sweep = _Sweep(grid, max(1, int(np.ceil(FINEST / grid.cell))))
    areas, contact, pieces = sweep.down(spans, held, layers)
    if not areas.any():
        return None
    return Overhangs(
        area=float(areas.sum()),
        contact=contact,
        layers=int(np.count_nonzero(areas)),
        pieces=pieces,
        root_area=float(np.sqrt(areas).sum()),
    )


def _held(spans: Columnwise, angle: float) -> Flags:
    """Which spans begin in the air with a surface flat enough to be held up."""
    order = np.lexsort((spans.first, spans.cell))
    cell, end = spans.cell[order], spans.end[order]
    same = np.r_[False, cell[1:] == cell[:-1]]
    floor = np.where(same, np.r_[0, end[:-1]], 0)
    held = np.zeros(len(order), dtype=np.bool_)
    flat = -spans.bottom_normal[order] > np.cos(np.radians(angle))
    held[order] = flat & (spans.first[order] - floor > 1)
    return held


class _Sweep:
    """A coarser grid of `factor` x `factor` cells of `grid`, and the disc of cells by which overhangs are widened."""

    def __init__(self, grid: Grid, factor: int) -> None:
        self.grid, self.factor = grid, factor
        self.cell = grid.cell * factor
        self.margin = int(np.ceil(REACH / self.cell)) + 1
        self.width = -(-grid.width // factor) + 2 * self.margin
        self.height = -(-grid.height // factor) + 2 * self.margin
        steps = np.arange(-self.margin, self.margin + 1)
        across, down = np.meshgrid(steps, steps)
        near = np.hypot(across, down) * self.cell <= REACH
        self.disc = (down * self.width + across)[near]

    def down(self, spans: Columnwise, held: Flags, layers: int) -> tuple[Floats, float, int]:
        """Area (mm²) of the supports in each layer, the area in contact with the part, the number of pieces."""
        centre = self._is_centre(spans.cell)
        cells = self._coarse(spans.cell)
        ends = _by_layer(spans.end[centre], cells[centre], layers)
        contacts = _by_layer(spans.first[held], cells[held], layers)
        starts = _by_layer(spans.first[centre], cells[centre], layers)
        part = np.zeros(self.width * self.height, dtype=np.int32)
        support = np.zeros(self.width * self.height, dtype=np.bool_)
        areas, contact, pieces = np.zeros(layers), 0, 0
        for layer in range(layers, 0, -1):
            # going down: what ends above this layer begins to be in the way, what starts above it no longer is
            np.add.at(part, ends[layer], 1)
            np.subtract.at(part, starts[layer], 1)
            touched = np.unique(np.unique(contacts[layer])[:, None] + self.disc)
            support[touched] = True
            support &= part <= 0
            contact += int(np.count_nonzero(support[touched]))
            areas[layer - 1] = np.count_nonzero(support)
            pieces += ndimage.label(support.reshape(self.height, self.width))[1]
        return areas * self.cell**2, contact * self.cell**2, pieces

    def _coarse(self, cell: Integers) -> Integers:
        row, column = np.divmod(cell, self.grid.width)
        coarse: Integers = (row // self.factor + self.margin) * self.width + column // self.factor + self.margin
        return coarse

    def _is_centre(self, cell: Integers) -> Flags:
        """Whether a fine cell stands for its coarse one."""
        row, column = np.divmod(cell, self.grid.width)
        middle = self.factor // 2
        centre: Flags = (row % self.factor == middle) & (column % self.factor == middle)
        return centre


def _by_layer(layer: Integers, cells: Integers, layers: int) -> list[Integers]:
    """`cells` sorted into a list by their `layer`, 0 to `layers` inclusive."""
    order = np.argsort(layer, kind="stable")
    return np.split(cells[order], np.searchsorted(layer[order], np.arange(1, layers + 1)))
