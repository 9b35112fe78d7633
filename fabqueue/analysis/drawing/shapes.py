"""What a drawing comes down to, whatever its format: visible shapes as polylines with their colours."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis.drawing.flatten import Floats
from fabqueue.analysis.readings import NO_COLOUR
from printers.laser import Image, raster

__all__ = ["CLOSED_MM", "NO_COLOUR", "Drawing", "Picture", "Shape", "around", "extents", "is_closed", "length_of"]

CLOSED_MM = 0.05
"""Ends that are nearer than this meet."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One visible shape: `contours` (n, 2) in mm, y downwards; a colour is "#rrggbb", `NO_COLOUR` or None.

    `stroke_mm` is how wide its stroke is drawn, as far as the file says; `opacity` (0 to 1) is that of its fill.
    `is_clipped`: the drawing shows only a part of it. `is_dashed`: its stroke is drawn with gaps.
    """

    contours: list[Floats]
    stroke: str | None
    fill: str | None = None
    even_odd: bool = False
    stroke_mm: float = 0.0
    opacity: float = 1.0
    is_clipped: bool = False
    is_dashed: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture made of pixels: its middle (x, y) in mm, and its dots per inch as it is placed, if known.

    `image` is what is burnt of it, y downwards, no finer than a beam, of a picture of `pixels` (width, height). Without
    it `problem` is the code of the finding that says why. `is_clipped`: the drawing shows only a part of it. `alpha`
    (h, w) is how opaque its pixels are (0 to 255), None for wholly; `above`: how many shapes lie beneath it.
    """

    middle: tuple[float, float]
    dpi: float | None
    problem: str | None = None
    image: Image | None = None
    pixels: tuple[int, ...] = ()
    is_clipped: bool = False
    alpha: NDArray[np.uint8] | None = None
    above: int = 0


@dataclass(frozen=True)
class Drawing:
    """All visible `shapes`, and what else was found.

    `page_mm` is (width, height) or None; `unit` as the file or its owner names it, None when nobody does. One unit of
    it was taken for `unit_mm`; where the file itself names none, `choices` (keys of `units.ASKED`) may be meant.
    `texts` (their places in mm), `images`, `elsewhere` (links to other files), `loops` (references to themselves),
    `unreadable` (paths that are broken) and `skipped` (kinds of entity that were left out, with their count)
    are for the findings.
    """

    shapes: list[Shape]
    page_mm: tuple[float, float] | None
    unit: str | None
    unit_mm: float = 1.0
    choices: tuple[str, ...] = ()
    has_view_box: bool = True
    texts: list[tuple[float, float]] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)
    elsewhere: int = 0
    loops: int = 0
    unreadable: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def readable(self) -> list[Image]:
        """The pictures that can be engraved."""
        return [each.image for each in self.images if each.image is not None]


def length_of(contour: Floats) -> float:
    """Length in mm of one polyline (n, 2)."""
    return float(np.hypot(*np.diff(contour, axis=0).T).sum())


def is_closed(contour: Floats) -> bool:
    """Whether a polyline ends where it starts."""
    return bool(np.abs(contour[0] - contour[-1]).max() <= CLOSED_MM)


def extents(shapes: list[Shape]) -> Floats | None:
    """Corners [[left, top], [right, bottom]] in mm of all contours, or None when there are none."""
    contours = [contour for shape in shapes for contour in shape.contours]
    if not contours:
        return None
    points = np.concatenate(contours)
    return np.array([points.min(axis=0), points.max(axis=0)])


def around(corners: Floats | None, images: list[Image]) -> Floats | None:
    """Corners as of `extents` that hold pictures as well."""
    every = [raster.outline(image) for image in images] + ([] if corners is None else [corners])
    if not every:
        return None
    return np.array(
        [np.min([each.min(axis=0) for each in every], axis=0), np.max([each.max(axis=0) for each in every], axis=0)]
    )
