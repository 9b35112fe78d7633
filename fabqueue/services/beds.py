"""How much may lie on one bed: a careful guess from sizes alone, made before the slicer is asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

GAP_MM = 6.0
"""What the slicer leaves between two parts."""
USABLE = 0.8
"""The share of a bed that rectangles fill when they are laid out without looking for the best way."""


@dataclass(frozen=True, slots=True)
class Bed:
    """Its size in mm, and what one run on it may hold."""

    width_mm: float
    depth_mm: float
    most_seconds: float
    most_parts: int
    most_milligrams: float = inf


@dataclass(frozen=True, slots=True)
class Footprint:
    """The room of an item: the area in mm² of its copies with the gaps around them, how long they take and of what.

    within: seconds in which all must be made that it lies beside.
    """

    area_mm2: float
    copies: int
    seconds: int
    milligrams: int = 0
    within: float = inf


def footprint(
    extents_mm: Sequence[float] | None, pose: Sequence[float] | None, copies: int, seconds: int, milligrams: int = 0,
    within: float = inf,
) -> Footprint | None:  # fmt: skip
    """Of a part of that size (x, y, z), turned by a unit quaternion (w, x, y, z); None where the size is not known."""
    if extents_mm is None:
        return None
    width, depth = _turned(extents_mm, pose) if pose else (extents_mm[0], extents_mm[1])
    return Footprint((width + GAP_MM) * (depth + GAP_MM) * copies, copies, seconds, milligrams, within)


def _turned(extents: Sequence[float], pose: Sequence[float]) -> tuple[float, float]:
    """Width and depth of the box around the turned box."""
    w, x, y, z = pose
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
    )
    width, depth = (sum(abs(turn) * side for turn, side in zip(row, extents, strict=True)) for row in rows)
    return width, depth


def most(bed: Bed, waiting: Sequence[Footprint | None]) -> int:
    """How many of what waits, from the first on, may share the bed: by area, number of parts, time and material."""
    area, parts = bed.width_mm * bed.depth_mm * USABLE, bed.most_parts
    seconds, milligrams, spent = bed.most_seconds, bed.most_milligrams, 0
    for number, each in enumerate(waiting):
        if each is None:
            return number
        area, parts = area - each.area_mm2, parts - each.copies
        spent, milligrams = spent + each.seconds, milligrams - each.milligrams
        seconds = min(seconds, each.within)
        if min(area, parts, seconds - spent, milligrams) < 0:
            return number
    return len(waiting)
