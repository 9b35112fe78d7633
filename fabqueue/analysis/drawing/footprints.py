"""Where pictures made of pixels lie, and what of them is opaque: pixels found in other pictures, outlines of masks."""

from collections.abc import Callable, Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from fabqueue.analysis.drawing.flatten import Floats, transformed
from printers.laser import Fill, Image, engraving, raster

SEEN = 5
"""Of 255; what is less opaque, by half a step of grey, is not there."""
MOST_EDGES = 40_000
"""Sides of pixels in the outline of what is seen; with more of them pixels are taken together."""
_AT_ONCE = 1_000_000
_FLAT_MM2 = 1e-9

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Greys = NDArray[np.uint8]
Part = tuple[slice, slice]


def is_seen(alpha: Greys) -> Bools:
    """Where something is opaque enough to hide what lies beneath."""
    found: Bools = alpha >= SEEN
    return found


def is_flat(image: Image) -> bool:
    """Whether it has no extent."""
    across, down = image.corners[1:] - image.corners[0]
    return abs(float(across[0] * down[1] - across[1] * down[0])) < _FLAT_MM2


def middle(image: Image, row: int, column: int) -> tuple[float, float]:
    """Where a pixel lies, in mm."""
    x, y = transformed(np.array([column + 0.5, row + 0.5]), _matrix(image)).tolist()
    return x, y


def _matrix(image: Image) -> Floats:
    """From its pixels to mm (3, 3)."""
    height, width = image.grey.shape
    across, down = image.corners[1:] - image.corners[0]
    found = np.eye(3)
    found[:2] = np.stack([across / width, down / height, image.corners[0]], axis=1)
    return found


def _to_pixels(image: Image) -> Floats:
    """From mm to its pixels (3, 3)."""
    return np.asarray(np.linalg.inv(_matrix(image)), dtype=np.float64)


def looked_up(one: Image, other: Image, spend: Callable[[int], None]) -> Iterator[tuple[Part, Ints, Ints, Bools]]:
    """Parts of `one`, with the row and column in `other` of each pixel's middle, and whether that is inside of it.

    `spend` is told how many pixels are looked at.
    """
    if is_flat(one) or is_flat(other):
        return
    there = _to_pixels(other) @ _matrix(one)
    rows, columns = _around(one, other)
    x = np.arange(columns.start, columns.stop) + 0.5
    for first in range(rows.start, rows.stop, max(1, _AT_ONCE // max(1, len(x)))):
        last = min(rows.stop, first + max(1, _AT_ONCE // max(1, len(x))))
        spend((last - first) * len(x))
        y = np.arange(first, last)[:, None] + 0.5
        column, row = (np.floor(side[0] * x + side[1] * y + side[2]).astype(np.int64) for side in there[:2])
        height, width = other.grey.shape
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        yield (slice(first, last), columns), row.clip(0, height - 1), column.clip(0, width - 1), inside


def _around(one: Image, other: Image) -> Part:
    """The rows and columns of `one` that may meet `other`."""
    corners = transformed(raster.outline(other), _to_pixels(one))
    size = one.grey.shape[::-1]
    low, high = np.floor(corners.min(axis=0)).clip(0, size), np.ceil(corners.max(axis=0)).clip(0, size)
    (left, top), (right, bottom) = low.astype(int).tolist(), high.astype(int).tolist()
    return slice(top, bottom), slice(left, right)


def inside(image: Image, fills: list[Fill]) -> Bools:
    """Which of its pixels (h, w) have their middle in any of the fills. Raises PlanError for too many outlines."""
    height, width = image.grey.shape
    if not fills or is_flat(image):
        return np.zeros((height, width), dtype=bool)
    back = _to_pixels(image)
    there = [Fill([transformed(ring, back) for ring in fill.rings], fill.even_odd) for fill in fills]
    row, left, right = engraving.spans(there, 0.5, 1.0, height)
    steps = np.zeros((height, width + 1), dtype=np.int32)
    for edge, step in ((left, 1), (right, -1)):
        np.add.at(steps, (row, np.ceil(edge - 0.5).clip(0, width).astype(np.int64)), step)
    found: Bools = np.cumsum(steps, axis=1, out=steps)[:, :width] > 0
    return found


def bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture, not too many at once."""
    step = max(1, _AT_ONCE // max(1, width))
    yield from (slice(first, first + step) for first in range(0, height, step))


def footprint(image: Image, alpha: Greys | None) -> Geometry:
    """What a picture hides, in mm; `alpha` is how opaque its pixels are, None for wholly."""
    if is_flat(image):
        return shapely.Polygon()
    mask = None if alpha is None else is_seen(alpha)
    if mask is None or mask.all():
        return shapely.Polygon(raster.outline(image)[[0, 1, 3, 2]])
    while _edges(mask) > MOST_EDGES:
        mask = _halved(mask)
    height, width = mask.shape
    sides = image.corners[1:] - image.corners[0]
    return shapely.transform(_outlined(mask), lambda at: image.corners[0] + (at / (width, height)) @ sides)


def _edges(mask: Bools) -> int:
    return sum(int(np.count_nonzero(np.diff(np.pad(mask, 1), axis=axis))) for axis in (0, 1))


def _halved(mask: Bools) -> Bools:
    """With two by two pixels as one, seen where any of them is."""
    even = np.pad(mask, [(0, size % 2) for size in mask.shape])
    return np.asarray(even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).any(axis=(1, 3)), dtype=np.bool_)


def _outlined(mask: Bools) -> Geometry:
    """Polygons around what is set, in pixels."""
    padded = np.pad(mask, 1)
    upright, level = np.diff(padded[1:-1], axis=1), np.diff(padded[:, 1:-1], axis=0)
    begins = [np.argwhere(each)[:, ::-1] for each in (upright, level)]
    lines = np.concatenate([np.stack([begin, begin + step], axis=1)
                            for begin, step in zip(begins, ((0, 1), (1, 0)), strict=True)])  # fmt: skip
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines.astype(float))))
    column, row = np.floor(shapely.get_coordinates(shapely.point_on_surface(faces))).astype(np.int64).T
    return shapely.simplify(shapely.union_all(faces[mask[row, column]]), 0)
