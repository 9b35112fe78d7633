"""What each layer of a part is made of: walls, solid and sparse areas, islands, holes, lengths of lines.

Similar neighbouring layers are grouped, and one layer of each group is looked at as a bitmap.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from fabqueue.analysis.estimate.columns import Columns, Flags, Grid
from fabqueue.analysis.estimate.parameters import Geometry
from fabqueue.analysis.estimate.sections import Floats, Integers

MOST_GROUPS = 72
SHARED = 0.1
"""How far in mm sparse infill reaches over the walls of the layers below and above."""
NARROW = 0.5
"""Strips of shell thinner than this (mm) are not filled: the slicer drops what is narrower than a line."""
NARROWEST = 1.1
"""The same in cells, as far as they can tell."""
TOUCHING = np.ones((3, 3), dtype=np.bool_)


@dataclass(frozen=True)
class Columnwise:
    """Columns cut into layers: solid in `cell` from layer `first` up to and without `end`; normals as in `Columns`."""

    cell: Integers
    first: Integers
    end: Integers
    bottom_normal: Floats


@dataclass(frozen=True)
class Layer:
    """One layer that stands for `count` similar ones.

    Areas in mm²: `area` of the section, `in_walls` what is left inside the walls, `solid` (of which `top` is
    under the air and `bridge` over air or over sparse infill), `sparse`. Lengths in mm: `outline` of the section,
    mean `solid_chord` and `sparse_chord` that one line of infill runs before it turns. Counts: `islands`,
    `holes`, `solid_regions`.
    """

    index: int
    count: int
    area: float
    outline: float
    in_walls: float = 0.0
    solid: float = 0.0
    top: float = 0.0
    bridge: float = 0.0
    sparse: float = 0.0
    islands: int = 0
    holes: int = 0
    solid_regions: int = 0
    solid_chord: float = 0.0
    sparse_chord: float = 0.0


def heights(geometry: Geometry, height: float) -> Floats:
    """Middle heights (mm) of the layers of a part `height` mm tall; none when it is lower than half a layer."""
    first, step = geometry.first_layer_height, geometry.layer_height
    if height <= first / 2:
        return np.zeros(0)
    more = max(0, int((height - first) / step + 0.5))
    middles: Floats = np.r_[first / 2, first + step * (np.arange(more) + 0.5)] + 1e-7
    return middles


def in_layers(columns: Columns, middles: Floats) -> Columnwise:
    """The `columns` as spans of layers whose middle heights (mm) are `middles`; what no middle meets is dropped."""
    first = np.searchsorted(middles, columns.bottom, "left")
    end = np.searchsorted(middles, columns.top, "left")
    kept = end > first
    return Columnwise(columns.cell[kept], first[kept], end[kept], columns.bottom_normal[kept])


def per_layer(starts: Integers, ends: Integers, layers: int) -> Floats:
    """How many of the half-open spans cover each of `layers` layers."""
    change = np.bincount(starts, minlength=layers + 1) - np.bincount(ends, minlength=layers + 1)
    return np.cumsum(change)[:layers].astype(np.float64)


def table(spans: Columnwise, grid: Grid, geometry: Geometry, outline: Floats, area: Floats) -> list[Layer]:
    """The layers of a part, grouped; `outline` (mm) and `area` (mm²) are those of the exact sections."""
    count = len(area)
    seen = per_layer(spans.first, spans.end, count) * grid.cell_area
    # the section of a broken mesh may have no sensible area: then what the columns show
    area = np.where((area > 0) & (np.abs(area - seen) < 0.5 * seen + 3), area, seen)
    surfaces = [cells * grid.cell_area for cells in _surfaces(spans, geometry, count)]
    groups = grouped(np.c_[area, outline * geometry.wall_band, *surfaces], np.maximum(area, 2.0))
    look = _Look(spans, grid, geometry)
    return [look.layer(int(group.mean()), len(group), area, outline) for group in groups]


def grouped(signature: Floats, scale: Floats) -> list[Integers]:
    """Runs of neighbouring layers whose rows of `signature` differ little, compared with `scale`.

    There are at most `MOST_GROUPS`, and the first layer is always alone.
    """
    tolerance = 0.02
    while True:
        starts = _starts(signature, scale * tolerance)
        if len(starts) <= MOST_GROUPS:
            return np.split(np.arange(len(signature)), starts[1:])
        tolerance *= 1.6


def _starts(signature: Floats, tolerance: Floats) -> list[int]:
    starts = [0]
    rows = signature.tolist()
    allowed = tolerance.tolist()
    for index in range(1, len(rows)):
        ref = starts[-1]
        apart = max(abs(a - b) for a, b in zip(rows[index], rows[ref], strict=True))
        if index == 1 or apart > allowed[ref]:
            starts.append(index)
    return starts


def _surfaces(spans: Columnwise, geometry: Geometry, count: int) -> tuple[Floats, Floats, Floats]:
    """Cells of each layer that lie in a bottom or a top shell, those under air, and those that are bridged."""
    over_sparse = spans.end - geometry.top_layers
    bottom = per_layer(spans.first, np.minimum(spans.end, spans.first + geometry.bottom_layers), count)
    top = per_layer(np.maximum(spans.first, over_sparse), spans.end, count)
    under_air = np.bincount(spans.end - 1, minlength=count).astype(np.float64)
    bridged = np.r_[spans.first[spans.first > 0], over_sparse[over_sparse > spans.first + geometry.bottom_layers]]
    return bottom + top, under_air, np.bincount(bridged, minlength=count).astype(np.float64)


class _Look:
    """Looks at single layers as bitmaps."""

    def __init__(self, spans: Columnwise, grid: Grid, geometry: Geometry) -> None:
        self.spans, self.grid, self.geometry = spans, grid, geometry

    def layer(self, index: int, count: int, area: Floats, outline: Floats) -> Layer:
        """Layer `index`, standing for `count` layers, with the exact figures of the sections of all layers."""
        here = (self.spans.first <= index) & (index < self.spans.end)
        if not here.any():
            return Layer(index, count, float(area[index]), float(outline[index]))
        masks = self._masks(index, here)
        scale = area[index] / (np.count_nonzero(masks["inside"]) * self.grid.cell_area)
        return self._measured(index, count, float(area[index]), float(outline[index]), masks, float(scale))

    def _masks(self, index: int, here: Flags) -> dict[str, Flags]:
        cell, first, end = self.spans.cell[here], self.spans.first[here], self.spans.end[here]
        geometry, bitmap = self.geometry, self.grid.bitmap
        under_air = end - 1 - index < geometry.top_layers
        over_air = index - first < geometry.bottom_layers
        over_sparse = (end - geometry.top_layers == index) & (index - first > geometry.bottom_layers)
        return {
            "inside": bitmap(cell),
            "shell": bitmap(cell[under_air | over_air]),
            "top": bitmap(cell[end - 1 == index]),
            "bridge": bitmap(cell[((first == index) & (index > 0)) | over_sparse]),
        }

    def _measured(
        self, index: int, count: int, area: float, outline: float, masks: dict[str, Flags], scale: float
    ) -> Layer:
        inside, band, overlap = masks["inside"], self.geometry.wall_band, self.geometry.overlap
        depth = self._depth(inside)
        filled = self._share(inside, depth - (band - overlap))
        core = filled > 0.5
        sparse = self._sparse(core, depth, masks["shell"])
        solid = core & ~sparse
        # cells half covered by walls count by their share
        per_cell = self.grid.cell_area * scale * float(filled.sum()) / max(float(core.sum()), 1.0)
        return Layer(
            index=index,
            count=count,
            area=area,
            outline=outline,
            in_walls=float(self._share(inside, depth - band).sum()) * self.grid.cell_area * scale,
            solid=float(solid.sum()) * per_cell,
            top=float((solid & masks["top"]).sum()) * per_cell,
            bridge=float((solid & masks["bridge"] & ~masks["top"]).sum()) * per_cell,
            sparse=float(sparse.sum()) * per_cell,
            islands=max(_regions(inside, 1, TOUCHING), 1),
            holes=max(_regions(~inside, 2) - 1, 0),
            solid_regions=_regions(solid, max(3.0, 0.5 / self.grid.cell_area)),
            solid_chord=self._chord(solid),
            sparse_chord=self._chord(sparse),
        )

    def _depth(self, mask: Flags) -> Floats:
        """Distance in mm of every cell in `mask` from its edge."""
        cells: Floats = ndimage.distance_transform_edt(mask)
        return (cells - 0.5) * self.grid.cell

    def _share(self, inside: Flags, depth: Floats) -> Floats:
        """The share (0 to 1) of each cell that lies deeper than where `depth` (mm) is zero."""
        return np.where(inside, np.clip(depth / self.grid.cell + 0.5, 0, 1), 0.0)

    def _sparse(self, core: Flags, depth: Floats, shell: Flags) -> Flags:
        """Where sparse infill goes: covered from above and below, away from the shells, in regions large enough.

        `depth` (mm) is that of the whole section. Strips of shell that are thinner than a line are left out.
        """
        covered = core & ~shell
        sparse = covered
        if covered.any() and shell.any():
            away = self._depth((depth > 0) & ~shell)
            narrow = max(NARROW, NARROWEST * self.grid.cell)
            sparse = covered & ((away > self.geometry.wall_band - SHARED) | (depth - away < narrow))
        labels, count = ndimage.label(sparse)
        if not count:
            return sparse
        sizes = np.bincount(labels.ravel()) * self.grid.cell_area
        large = sizes >= self.geometry.smallest_sparse_area
        large[0] = False
        kept: Flags = large[labels]
        return kept

    def _chord(self, mask: Flags) -> float:
        """Mean length in mm of the runs of cells along rows and columns."""
        starts = np.count_nonzero(mask[:, 1:] & ~mask[:, :-1]) + np.count_nonzero(mask[1:] & ~mask[:-1])
        return float(mask.sum()) * 2 / max(1, int(starts)) * self.grid.cell


def _regions(mask: Flags, cells: float, structure: Flags | None = None) -> int:
    """How many connected regions of `mask` are larger than so many `cells`."""
    labels, _ = ndimage.label(mask, structure)
    return int(np.count_nonzero(np.bincount(labels.ravel())[1:] > cells))
