"""Pictures made of pixels as rows to burn: how dark a pixel is says how much of the setting's power it gets.

Neighbours of nearly the same grey are burnt in one move with their mean power, white ones not at all. A picture is no
finer than its rows, and coarser where its moves would be more than a laser is sent.
"""

import numpy as np
from numpy.typing import NDArray

from printers.laser.engraving import Rows
from printers.laser.toolpath import Ints
from printers.laser.work import Floats, Image
from printers.lasers import PlanError

Greys = NDArray[np.uint8]

LEVELS = 50
"""Steps of grey that are told apart, each 2 % of the power. What is paler than half of one is taken for white."""
MOST_RUNS = 500_000
"""Moves of one picture: OctoPrint hands on some 250 lines in a second, so these are half an hour already."""
MOST_CELLS = 100_000_000
"""Places that are looked at; more would take longer than anybody waits for a plan."""
MOST_ROWS_OF_PIXEL = 1.7
"""A pixel that is as high as more rows is seen as a square."""
INCH_MM = 25.4
_COARSER = 1.25
_STRAIGHT_MM = 0.02
"""A side that is turned by no more than this from one end to the other is straight to a laser."""
_AT_ONCE = 2_000_000


def fitted(image: Image, interval_mm: float) -> tuple[Image | None, float]:
    """The part of a picture that is burnt, no finer than its rows, and the size of a pixel it was held to.

    None where all of it is white or without any extent. The size is larger than the interval where finer pixels would
    be too many moves.
    """
    part = _trimmed(image)
    if part is None:
        return None, interval_mm
    pixel_mm, made = interval_mm, _averaged(part, interval_mm)
    while _moves(made, interval_mm) > MOST_RUNS and made.grey.size > 1:
        pixel_mm *= _COARSER
        made = _averaged(part, pixel_mm)
    return made if steps_of(made.grey).any() else None, pixel_mm


def pixel_mm(image: Image) -> float:
    """The longer side of its pixels."""
    sides = np.hypot(*(image.corners[1:] - image.corners[0]).T)
    return float((sides / image.grey.shape[::-1]).max())


def shows_pixels(pixel_mm: float, interval_mm: float) -> bool:
    """Whether pixels of that size are seen as squares between rows so far apart."""
    return pixel_mm > MOST_ROWS_OF_PIXEL * interval_mm


def dpi(pixel_mm: float) -> int:
    """Dots to the inch."""
    return round(INCH_MM / pixel_mm)


def outline(image: Image) -> Floats:
    """Its four corners (4, 2)."""
    found: Floats = np.concatenate([image.corners, image.corners[1:2] + image.corners[2:] - image.corners[:1]])
    return found


def area_mm2(image: Image) -> float:
    """How much of a picture is burnt."""
    across, down = image.corners[1:] - image.corners[0]
    whole = abs(float(across[0] * down[1] - across[1] * down[0]))
    return whole * float(np.count_nonzero(steps_of(image.grey))) / image.grey.size


def steps_of(grey: Greys) -> Greys:
    """The step of each pixel; 0 is not burnt."""
    steps = ((255 - np.arange(256)) * LEVELS + 127) // 255
    found: Greys = steps.astype(np.uint8)[grey]
    return found


def _trimmed(image: Image) -> Image | None:
    """Without the white around what is burnt."""
    across, down = image.corners[1:] - image.corners[0]
    dark = steps_of(image.grey) > 0
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not len(rows) or abs(across[0] * down[1] - across[1] * down[0]) < 1e-6:
        return None
    (top, left), (bottom, right) = (rows[0], columns[0]), (rows[-1] + 1, columns[-1] + 1)
    height, width = image.grey.shape
    places = np.array([(left, top), (right, top), (left, bottom)]) / (width, height)
    return Image(image.grey[top:bottom, left:right], image.corners[0] + places @ np.stack([across, down]))


def _averaged(image: Image, pixel_mm: float) -> Image:
    """With pixels of that size or larger, each the mean of those that it stands for."""
    sides = np.hypot(*(image.corners[1:] - image.corners[0]).T)
    grey = image.grey
    for axis, side in ((1, sides[0]), (0, sides[1])):
        count = max(1, round(float(side) / pixel_mm))
        if count < grey.shape[axis]:
            grey = _mean(grey, count, axis)
    return Image(grey, image.corners)


def _mean(grey: Greys, count: int, axis: int) -> Greys:
    size = grey.shape[axis]
    sums = np.insert(np.cumsum(grey, axis=axis, dtype=np.float64), 0, 0.0, axis=axis)
    edges = np.linspace(0, size, count + 1)
    low = np.floor(edges).astype(np.int64).clip(max=size - 1)
    share = np.expand_dims(edges - low, 1 - axis)
    reached = sums.take(low, axis=axis) + share * grey.take(low, axis=axis)
    found: Greys = np.rint(np.diff(reached, axis=axis) * count / size).clip(0, 255).astype(np.uint8)
    return found


def _moves(image: Image, interval_mm: float) -> float:
    """About how many moves its rows take, whichever way it lies."""
    levels = steps_of(image.grey)
    sides = np.hypot(*(image.corners[1:] - image.corners[0]).T)
    counts = []
    for axis in (1, 0):
        changes = np.count_nonzero(np.diff(levels, axis=axis)) + levels.shape[1 - axis]
        counts.append(changes * max(1.0, float(sides[axis]) / interval_mm / levels.shape[1 - axis]))
    return float(max(counts))


def rows_of(image: Image, interval_mm: float) -> Rows:
    """The rows of a picture that lies as it will be burnt. Raises PlanError for too many places to look at."""
    (left, low), (right, high) = outline(image).min(axis=0).tolist(), outline(image).max(axis=0).tolist()
    count = max(1, round((high - low) / interval_mm))
    columns = max(1, round((right - left) / _step_mm(image, interval_mm)))
    if count * columns > MOST_CELLS:
        raise PlanError("laser_engraving_too_fine", {"interval_mm": interval_mm})
    bottom = low + (high - low - (count - 1) * interval_mm) / 2
    x = np.linspace(left, right, columns + 1)
    together = max(1, _AT_ONCE // columns)
    parts = []
    for first in range(0, count, together):
        at = np.arange(first, min(first + together, count))
        parts.append(_runs(_seen(image, (x[:-1] + x[1:]) / 2, bottom + at * interval_mm), first))
    at, start, end, strength = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Rows(at, x[start], x[end], np.zeros(len(at), np.int64), strength, bottom, interval_mm)


def _step_mm(image: Image, interval_mm: float) -> float:
    """How far apart places along a row are: a pixel where the picture lies straight, so that its edges stay sharp."""
    across, down = np.abs(image.corners[1:] - image.corners[0])
    height, width = image.grey.shape
    if across[1] < _STRAIGHT_MM and down[0] < _STRAIGHT_MM:
        return float(across[0] / width)
    if across[0] < _STRAIGHT_MM and down[1] < _STRAIGHT_MM:
        return float(down[0] / height)
    return interval_mm


def _seen(image: Image, x: Floats, y: Floats) -> Greys:
    """The grey at each crossing of rows and columns (rows, columns); white beside the picture."""
    height, width = image.grey.shape
    inverse = np.linalg.inv((image.corners[1:] - image.corners[0]).T)
    shares = [
        side[0] * (x - image.corners[0, 0])[None, :] + side[1] * (y - image.corners[0, 1])[:, None] for side in inverse
    ]
    column, row = (np.floor(share * size).astype(np.int64) for share, size in zip(shares, (width, height), strict=True))
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    grey = image.grey[row.clip(0, height - 1), column.clip(0, width - 1)]
    return np.where(inside, grey, np.uint8(255))


def _runs(grey: Greys, first: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Row, first and last edge, and mean strength of what is burnt, where neighbours are of one step."""
    levels = steps_of(grey)
    begins = np.ones(grey.shape, dtype=bool)
    begins[:, 1:] = levels[:, 1:] != levels[:, :-1]
    start = np.flatnonzero(begins)
    length = np.diff(np.append(start, grey.size))
    darkness = np.add.reduceat(255 - grey.ravel().astype(np.int64), start) / length / 255
    kept = levels.ravel()[start] > 0
    row, column = np.divmod(start[kept], grey.shape[1])
    return row + first, column, column + length[kept], darkness[kept]
